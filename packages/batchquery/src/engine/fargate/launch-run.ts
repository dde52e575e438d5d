import { BatchQueryError } from '../../errors/index.ts'
import type { Log } from '../../platform/index.ts'
import { isFinal, type Launch, type Launches, type RunRecord, type RunStore } from '../../run/index.ts'
import { backOff } from './back-off.ts'
import type { AwsClients } from './clients.ts'
import { describeTask, hasStopped } from './ecs-task.ts'
import { asksTheSame, type RunTaskRequest } from './run-task-request.ts'
import { type Patience, startTask } from './start-task.ts'

/** ECS keeps a token for about a day. After that, the same launch may start a second ECS task. */
const TOKEN_LIFE_MS = 20 * 60 * 60 * 1000

/** For this time ECS may not report an ECS task that it has started. */
export const UNKNOWN_MS = 2 * 60 * 1000

export interface LaunchWork {
  readonly clients: AwsClients
  readonly launches: Launches
  readonly runs: RunStore
  readonly log: Log
  /** Builds the request of the next launch. @param spot whether to request spare capacity */
  readonly request: (spot: boolean) => Promise<RunTaskRequest>
  /** Whether to request spare capacity first. */
  readonly spot: boolean
  readonly patience: Patience
}

/**
 * Ensures that a run has an ECS task: one that this or another process launched before, or a new one.
 *
 *     latest launch:  open ────────▶ sent again, with its token
 *                     started ─────▶ used, unless its ECS task has stopped
 *                     failed, none ▶ the next one, created exclusively: the loser of a race starts over
 *
 * A launch that found no capacity has failed, and the next one follows after a while. A launch for Spot is followed by one on demand.
 *
 * @throws RUN_CLAIMED if another process ended the run meanwhile; NO_CAPACITY, PERMISSION, AUTHENTICATION, CONFIG, RUN_CONFLICT, ENGINE_FAILED; an AbortError
 */
export async function launchRun({ id }: RunRecord, work: LaunchWork): Promise<Launch> {
  const { clients, launches, runs, patience, log } = work
  let { spot } = work
  for (let attempt = 1; ; ) {
    patience.signal.throwIfAborted()
    const latest = await launches.latest(id)
    if (latest?.ecsTask && (await mayLive(clients, latest))) return latest
    const request = await work.request(spot)
    const open = latest !== null && isOpen(latest, request) ? latest : null
    const launch = open ?? (await launches.create(id, (latest?.number ?? 0) + 1, request))
    if (launch === null) continue
    const outcome = await startTask(clients, launch, patience)
    if (outcome.kind === 'started')
      return launches.recordOutcome(launch, { ecsTask: outcome.arn, failure: null })
    await launches.recordOutcome(launch, { ecsTask: null, failure: outcome.error.message })
    if (outcome.kind === 'refused' || performance.now() > patience.until) throw outcome.error
    if (spot) log.info(`no Spot capacity; starting the run on demand (${outcome.error.message})`)
    else log.info(`${outcome.error.message}; trying again`)
    if (!spot) await backOff(attempt++ + 1, patience.signal, Math.max(patience.until - performance.now(), 0))
    spot = false
    if (isFinal((await runs.read(id)).state)) throw ended(id)
  }
}

const ended = (id: string): BatchQueryError =>
  new BatchQueryError('RUN_CLAIMED', `run ${id} ended while it waited for capacity`, {
    hint: `Run \`batchquery show ${id}\` to see how.`,
  })

/** Whether a launch may have been sent without an answer, with the same request that this process would send. */
function isOpen({ ecsTask, failure, ageMs, request }: Launch, own: RunTaskRequest): boolean {
  return ecsTask === null && failure === null && ageMs < TOKEN_LIFE_MS && asksTheSame(request, own)
}

/** True also if ECS cannot be asked: in the worst case the run is found dead later. */
async function mayLive(clients: AwsClients, { ecsTask, ageMs }: Launch): Promise<boolean> {
  if (ecsTask === null) return false
  const state = await describeTask(clients, ecsTask).catch(thrown => BatchQueryError.from(thrown))
  if (state instanceof BatchQueryError) return true
  return state === null ? ageMs < UNKNOWN_MS : !hasStopped(state)
}
