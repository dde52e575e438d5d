import type { RunRecord } from '../../src/run/index.ts'
import { temporaryFiles } from './checker.ts'
import { Dice } from './dice.ts'
import type { Measured } from './measure.ts'
import type { Link } from './network.ts'
import { processesOf, type Started, untilSome } from './processes.ts'
import { REQUESTS } from './requests.ts'
import { ANY_MOMENT, DIALECTS, ONE_MOMENT, SHAPES, type Shape, silent } from './shapes.ts'
import type { Stage } from './stage.ts'
import type { Dialect } from './subject.ts'
import type { GoOn, Trial } from './trial.ts'

export type Victim = 'runner' | 'command line' | 'command line and runner'
/** The event that starts the kill: see `arm`. */
type Trigger = 'operation' | 'row bytes' | 'login bytes' | 'request' | 'time' | 'silence'

/** Shapes that take long are less frequent. */
const COMMON = [...SHAPES, ...SHAPES.filter(({ name }) => name !== 'chunks')]
const LINKS: readonly (Link | null)[] = [null, 'http', null, 'https', null, 'tls']
/** TLS, the login and the first queries. */
const LOGIN_BYTES = 5_000

/** The runs of which one is killed. */
interface Choices {
  readonly family: 'kill' | 'parallel'
  readonly dialects: readonly Dialect[]
  readonly shapes: readonly Shape[]
  /** Some of the kills hit a server that is silent. */
  readonly hasSilence: boolean
}

/** SIGKILL at a random point, then the same id again or `reap`. The number decides the trial: dialects and stores take turns. */
export const killTrial = (seed: number, number: number): Trial =>
  randomKill(seed, number, { family: 'kill', dialects: DIALECTS, shapes: COMMON, hasSilence: true })

/** The same for exports that several sessions read. */
export const parallelKillTrial = (seed: number, number: number): Trial =>
  randomKill(seed, number, {
    family: 'parallel',
    dialects: ['mysql', 'postgres'],
    shapes: [ONE_MOMENT, ANY_MOMENT],
    hasSilence: false,
  })

function randomKill(seed: number, number: number, { family, dialects, shapes, hasSilence }: Choices): Trial {
  const dice = new Dice(seed, number)
  const dialect = dialects[number % dialects.length] ?? 'mysql'
  const link = LINKS[Math.floor(number / dialects.length) % LINKS.length] ?? null
  const isSilent = hasSilence && number % 10 === 3
  const shape = isSilent ? silent(120) : dice.pick(shapes)
  const victim = isSilent ? 'runner' : victimOf(dice, number)
  const trigger = isSilent ? 'silence' : dice.pick(triggersOf(victim, link, dialect === 'duckdb'))
  const moreKills = !isSilent && dice.chance(0.25) ? [dice.fraction()] : []
  const goOn = isSilent || dice.chance(0.5) ? reapOf(dice, moreKills) : 'rerun'
  const isMachineLost = dice.chance(0.5)
  const where = `${dialect} to ${link === null ? 'a directory' : `S3 over ${link}`}, ${shape.name}`
  const what = `${victim} killed by ${trigger}${isMachineLost ? ', unheard' : ''}`
  return {
    name: `${family}-${seed}-${number}`,
    title: `${number}: ${where}: ${what}, then ${goOn}${moreKills.length > 0 ? ', which is killed too' : ''}`,
    family,
    stage: { dialect, link, shape },
    moreKills,
    goOn,
    async begin(stage, measure) {
      if (trigger === 'silence') return killed(stage, victim, isMachineLost, duringSilence)
      const measured = await measure()
      if (victim === 'runner' && trigger === 'operation')
        return stage.run({ kill: operationOf(dice, number, measured) })
      return killed(stage, victim, isMachineLost, (_, kill) => arm(trigger, dice, stage, measured, kill))
    },
    refuse: record => refuseAfterKill(record, goOn),
  }
}

/** Uses the command line for half of the trials with one kill: it reports only once what it recovers. */
const reapOf = (dice: Dice, { length }: readonly unknown[]): GoOn =>
  length === 0 && dice.chance(0.5) ? 'reap by command line' : 'reap'

function victimOf(dice: Dice, number: number): Victim {
  if (number % 5 !== 4) return 'runner'
  return dice.chance(0.5) ? 'command line' : 'command line and runner'
}

function triggersOf(victim: Victim, link: Link | null, isEmbedded: boolean): readonly Trigger[] {
  return [
    ...(victim === 'runner' ? (['operation', 'operation', 'operation'] as const) : []),
    ...(isEmbedded ? [] : (['row bytes', 'login bytes'] as const)),
    ...(link === 'http' || link === 'https' ? (['request'] as const) : []),
    'time',
  ]
}

/** The stretches of a run take turns, however many operations they have. */
function operationOf(dice: Dice, number: number, { operations }: Measured) {
  const stretches = stretchesOf(operations)
  const [from, to] = stretches[number % stretches.length] ?? [0, operations.length]
  const operation = from + Math.floor(dice.fraction() * (to - from))
  return { operation, when: dice.pick(['before', 'after'] as const) }
}

/**
 * The stretches between the operations that lead from one phase of a run to the next: it creates its record, its claim and the
 * lock, it stages and commits. No stretch is empty.
 */
function stretchesOf(operations: readonly string[]): (readonly [from: number, to: number])[] {
  const all = (name: string) => operations.flatMap((known, at) => (known === name ? [at + 1] : []))
  const claimed = all('create')[1] ?? 0
  const landmarks = [
    0,
    claimed,
    operations.indexOf('put', claimed) + 1,
    ...all('stage').slice(0, 1),
    ...all('finish').slice(-1),
    ...all('create').slice(-1),
    ...all('commit').slice(0, 1),
    ...all('commit').slice(-1),
    ...all('inspect').slice(-1),
    ...all('delete').slice(-1),
    operations.length,
  ].sort((one, other) => one - other)
  const stretches = landmarks.map((from, at) => [from, landmarks[at + 1] ?? from] as const)
  return stretches.filter(([from, to]) => from < to)
}

/** @param arm receives the function that kills the victim */
export function killed(
  stage: Stage,
  victim: Victim,
  isMachineLost: boolean,
  arm: (stage: Stage, kill: () => void) => void,
): Started {
  let started: Started | null = null
  const kill = (): void => {
    if (isMachineLost && victim !== 'command line') stage.network.database?.loseClients()
    started?.kill()
    if (victim === 'command line and runner') void killRunners(stage.scene.runId)
  }
  arm(stage, kill)
  started = victim === 'runner' ? stage.run() : stage.commandLine()
  return started
}

async function killRunners(runId: string): Promise<void> {
  for (const pid of await processesOf(runId)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

/**
 * Kills when the server lists the silent statement; for DuckDB, when the pipe for its rows exists, so that the kill leaves a pipe
 * to remove.
 */
export function duringSilence({ scene }: Stage, kill: () => void): void {
  const { subject, user } = scene
  const sessions = async () =>
    (await subject.sessions(user)).filter(({ running, statement }) => running && /sleep/i.test(statement))
  const pipes = async () => (await temporaryFiles(scene)).filter(name => name.startsWith('batchquery-fifo-'))
  void untilSome<unknown>(subject.dialect === 'duckdb' ? pipes : sessions).then(kill)
}

function arm(
  trigger: Exclude<Trigger, 'silence'>,
  dice: Dice,
  { network }: Stage,
  measured: Measured,
  kill: () => void,
): void {
  const fault = { kind: 'call', call: kill } as const
  const rows = measured.database?.['to client'].bytes ?? 0
  switch (trigger) {
    case 'row bytes':
      network.database?.fail({
        direction: 'to client',
        at: { byte: Math.floor(dice.fraction() * rows) },
        fault,
      })
      return
    case 'login bytes':
      network.database?.fail({
        direction: 'to client',
        at: { byte: Math.floor(dice.fraction() * Math.min(rows, LOGIN_BYTES)) },
        fault,
      })
      return
    case 'request': {
      const [kind, count] = dice.pick([...measured.requests])
      const nth = [1 + Math.floor(dice.fraction() * count)]
      const when = dice.pick(['before', 'after'] as const)
      network.requests?.fail({ ...REQUESTS[kind], nth, fault: { ...fault, when } })
      return
    }
    case 'time':
    case 'operation':
      setTimeout(kill, dice.fraction() * measured.ms * 1.1)
  }
}

/** Checks the end of a run that was killed. It may have succeeded before the kill. */
export function refuseAfterKill(record: RunRecord | null, goOn: GoOn): string | null {
  const { state = 'QUEUED', error = null, warnings = [], databases = [] } = record ?? {}
  const end = `${state} ${error?.code ?? ''}`
  if (warnings.length > 0) return `it has warnings: ${warnings.join('; ')}`
  // The sessions of dead attempts have ended, and the record does not have them any more.
  if (databases.some(({ sessions }) => sessions.length > 1)) return 'its record has several sessions'
  if (state === 'SUCCEEDED') return null
  if (goOn === 'rerun') return `run again, it is ${end}`
  if (state === 'QUEUED' || (end === 'FAILED RUNNER_LOST' && error?.retryable === true)) return null
  return `reaped, it is ${end}`
}
