import { BatchQueryError } from '../../errors/index.ts'
import type { Log } from '../../platform/index.ts'
import { isFinal, type Launch, type Launches, type RunRecord, type RunStore } from '../../run/index.ts'
import { backOff } from './back-off.ts'
import type { AwsClients } from './clients.ts'
import { describeTask, hasStopped } from './ecs-task.ts'
import { asksTheSame, type RunTaskRequest } from './run-task-request.ts'
import { type Patience, startTask } from './start-task.ts'

/** ECS remembers a token for about a day: an older launch may start a second ECS task. */
const TOKEN_LIFE_MS = 20 * 60 * 60 * 1000

/** So long ECS may not know of a task that it has started. */
export const UNKNOWN_MS = 2 * 60 * 1000

export interface LaunchWork {
  readonly clients: AwsClients
  readonly launches: Launches
  readonly runs: RunStore
  readonly log: Log
  /** What is to be asked for next. @param spot whether spare capacity is wanted still */
  readonly request: (spot: boolean) => Promise<RunTaskRequest>
  /** Whether spare capacity is wanted as long as there is some. */
  readonly spot: boolean
  readonly patience: Patience
}

/**
 * Sees to it that an ECS task is there for a run: one that was launched before, by whomever, or a new one.
 *
 *     latest launch:  open ────────▶ asked for again, with its token
 *                     started ─────▶ taken, unless its ECS task has stopped
 *                     failed, none ▶ the next one, created exclusively: who loses the race looks again
 *
 * A launch that found no room is failed, and the next one is made after a while; one for Spot is followed by one on demand.
 *
 * @throws RUN_CLAIMED where somebody ended the run meanwhile; NO_CAPACITY, PERMISSION, AUTHENTICATION, CONFIG, RUN_CONFLICT, ENGINE_FAILED; an AbortError
 */
export async function launchRun({ id }: RunRecord, work: LaunchWork): Promise<Launch> {
  const { clients, launches, runs, patience, log } = work
  let { spot } = work
  for (let attempt = 1; ; ) {
    patience.signal.throwIfAborted()
    const latest = await launches.latest(id)
    if (latest?.ecsTask && (await isThere(clients, latest))) return latest
    const request = await work.request(spot)
    const open = latest !== null && isOpen(latest, request) ? latest : null
    const launch = open ?? (await launches.create(id, (latest?.number ?? 0) + 1, request))
    if (launch === null) continue
    const outcome = await startTask(clients, launch, patience)
    if (outcome.kind === 'started')
      return launches.recordOutcome(launch, { ecsTask: outcome.arn, failure: null })
    await launches.recordOutcome(launch, { ecsTask: null, failure: outcome.error.message })
    if (outcome.kind === 'refused' || performance.now() > patience.until) throw outcome.error
    if (spot) log.info(`no Spot capacity: the run goes on demand (${outcome.error.message})`)
    else log.info(`${outcome.error.message}; trying again`)
    if (!spot) await backOff(attempt++ + 1, patience.signal, Math.max(patience.until - performance.now(), 0))
    spot = false
    if (isFinal((await runs.read(id)).state)) throw ended(id)
  }
}

const ended = (id: string): BatchQueryError =>
  new BatchQueryError('RUN_CLAIMED', `run ${id} was ended while it waited for room`, {
    hint: `\`batchquery show ${id}\` says how.`,
  })

/** Whether it may have been asked for, and nobody knows: as we would ask. */
function isOpen({ ecsTask, failure, ageMs, request }: Launch, own: RunTaskRequest): boolean {
  return ecsTask === null && failure === null && ageMs < TOKEN_LIFE_MS && asksTheSame(request, own)
}

/** Where nobody can say, it is taken to be there: at worst its run is found dead later. */
async function isThere(clients: AwsClients, { ecsTask, ageMs }: Launch): Promise<boolean> {
  if (ecsTask === null) return false
  const state = await describeTask(clients, ecsTask).catch(thrown => BatchQueryError.from(thrown))
  if (state instanceof BatchQueryError) return true
  return state === null ? ageMs < UNKNOWN_MS : !hasStopped(state)
}
