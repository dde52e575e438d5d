import { isFinal, type RunRecord } from '../../src/run/index.ts'
import { checkBetween, checkEnd, checkStatements, type Finding, readRecord } from './checker.ts'
import type { Measured, Measurements } from './measure.ts'
import type { Death } from './mortal.ts'
import { type Phase, phaseOf } from './phases.ts'
import { allEnded, type Ended, type Started, ticks } from './processes.ts'
import { reapByCommandLine } from './reaping.ts'
import { Stage, type StageOptions } from './stage.ts'
import type { World } from './world.ts'

/** The next step after the disturbance: the same id again or `reap`; nothing if the run must end by itself. */
export type GoOn = 'rerun' | 'reap' | 'reap by command line' | 'nothing'

/** One run with one disturbance, and how to continue the run if it has no end after that. */
export interface Trial {
  /** Part of the run's id. */
  readonly name: string
  /** A description to read. */
  readonly title: string
  readonly family: 'kill' | 'parallel' | 'signal' | 'database' | 'store'
  readonly stage: StageOptions
  /** Prepares the disturbance and starts the product. @param measure measures an undisturbed run of this kind */
  readonly begin: (stage: Stage, measure: () => Promise<Measured>) => Started | Promise<Started>
  /** Kills of the processes that continue the run: at an operation, or at a fraction of their work from 0 to 1. */
  readonly moreKills: readonly (Death | number)[]
  readonly goOn: GoOn
  /** Appears in the log. @default - nothing more */
  readonly says?: RegExp
  /** What is wrong with the end of the run; null if it is right. `record` is null if the run never began. */
  readonly refuse: (record: RunRecord | null) => string | null
}

export interface Outcome {
  readonly trial: Trial
  readonly findings: readonly Finding[]
  /** The phase in which the process was killed. */
  readonly phase: Phase | null
  /** How the run ended. */
  readonly end: string
  readonly log: string
}

/** About how many operations of the store `reap` takes for one run. */
const REAPING = 20
/** Many times the duration of a run, even on a busy machine. */
const LIMIT_SECONDS = 180

export async function runTrial(
  world: World,
  measurements: Measurements,
  slot: number,
  trial: Trial,
): Promise<Outcome> {
  const stage = await Stage.set(world, trial.name, slot, trial.stage)
  try {
    return await new Performance(trial, stage, () => measurements.of(trial.stage, slot)).perform()
  } finally {
    await stage.strike()
  }
}

/** Performs a trial and collects its findings. */
class Performance {
  readonly #trial: Trial
  readonly #stage: Stage
  readonly #measure: () => Promise<Measured>
  readonly #findings: Finding[] = []

  constructor(trial: Trial, stage: Stage, measure: () => Promise<Measured>) {
    this.#trial = trial
    this.#stage = stage
    this.#measure = measure
  }

  async perform(): Promise<Outcome> {
    const { scene, network } = this.#stage
    const trial = this.#trial
    const ended = await this.#end(await trial.begin(this.#stage, this.#measure))
    const first = await readRecord(scene)
    const phase = ended.code === null ? await phaseOf(scene, first) : null
    this.#findings.push(...(await checkBetween(scene, first)), ...exitFindings(ended, first))
    if (trial.goOn !== 'nothing' && (first === null || !isFinal(first.state))) {
      // A lost machine stays lost, but a network fault is over before the run continues.
      if (trial.family !== 'kill') network.heal()
      await this.#goOn(trial.goOn, first)
    }
    this.#findings.push(...(await checkStatements(scene)))
    network.heal()
    const record = await readRecord(scene)
    this.#findings.push(...(await checkEnd(scene, record)))
    const refused = trial.refuse(record)
    if (refused !== null) this.#findings.push({ kind: 'record', what: refused })
    const log = await this.#stage.log()
    if (trial.says !== undefined && !trial.says.test(log))
      this.#findings.push({ kind: 'words', what: `the log does not say ${trial.says}` })
    const end = `${record?.state ?? 'no record'}${record?.error ? ` ${record.error.code}` : ''}`
    return { trial, findings: this.#findings, phase, end, log }
  }

  async #goOn(how: Exclude<GoOn, 'nothing'>, first: RunRecord | null): Promise<void> {
    const { scene } = this.#stage
    const isClaimed = first !== null && (await phaseOf(scene, first)) !== 'queued'
    for (const kill of this.#trial.moreKills) {
      await scene.place.letTimePass()
      await this.#end(this.#nextAttempt(how, await this.#deathOf(how, kill)))
      this.#findings.push(...(await checkBetween(scene, await readRecord(scene))))
    }
    await scene.place.letTimePass()
    if (how === 'reap by command line') {
      const dead = await readRecord(scene)
      this.#findings.push(...(await reapByCommandLine(this.#stage, dead, await phaseOf(scene, dead))))
      return
    }
    await this.#end(this.#nextAttempt(how, null))
    if (how === 'rerun' && isClaimed) this.#findings.push(...takeOverFindings(await this.#stage.log()))
  }

  #nextAttempt(how: GoOn, kill: Death | null): Started {
    return how === 'rerun' ? this.#stage.run({ kill }) : this.#stage.reap({ kill })
  }

  async #deathOf(how: GoOn, kill: Death | number): Promise<Death> {
    if (typeof kill !== 'number') return kill
    const operations = how === 'rerun' ? (await this.#measure()).operations.length : REAPING
    return { operation: Math.floor(kill * operations), when: 'before' }
  }

  /** Waits until the process, and the runners that it started, have ended. */
  async #end(started: Started): Promise<Ended> {
    const limit = new AbortController()
    const tooLong = ticks(LIMIT_SECONDS, limit.signal).then(
      () => null,
      () => null,
    )
    const ended = await Promise.race([started.ended, tooLong])
    limit.abort()
    const isOver = await allEnded(this.#stage.scene.runId, ended === null ? 0 : LIMIT_SECONDS)
    if (ended !== null && isOver) return ended
    this.#findings.push({ kind: 'without end', what: `it still ran after ${LIMIT_SECONDS} s` })
    started.kill()
    return started.ended
  }
}

/** The exit code of a process that ended by itself must be the one in the record. */
function exitFindings({ code }: Ended, record: RunRecord | null): Finding[] {
  if (code === null || record === null || !isFinal(record.state) || record.exitCode === code) return []
  return [{ kind: 'record', what: `exit code ${code}, and ${record.exitCode} in the record` }]
}

/** The next attempt must log that it takes over. */
const takeOverFindings = (log: string): Finding[] =>
  log.includes(': attempt 1 is dead, attempt 2 takes over')
    ? []
    : [{ kind: 'words', what: 'the next attempt does not say that it takes over' }]
