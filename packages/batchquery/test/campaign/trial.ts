import { isFinal, type RunRecord } from '../../src/run/index.ts'
import { checkBetween, checkEnd, checkStatements, type Finding, readRecord } from './checker.ts'
import type { Measured, Measurements } from './measure.ts'
import type { Death } from './mortal.ts'
import { type Phase, phaseOf } from './phases.ts'
import { allEnded, type Ended, type Started, ticks } from './processes.ts'
import { Stage, type StageOptions } from './stage.ts'
import type { World } from './world.ts'

/** One run under one disturbance, and how it is gone on with where that leaves it without an end. */
export interface Trial {
  /** Also the run's id. */
  readonly name: string
  /** For people. */
  readonly title: string
  readonly family: 'kill' | 'database' | 'store'
  readonly stage: StageOptions
  /** Arms what is to happen, and starts the product. */
  readonly begin: (stage: Stage, measured: Measured) => Started
  /** Who goes on with the run is killed too, so often: where in its work, from 0 to 1. */
  readonly moreKills: readonly number[]
  readonly goOn: 'rerun' | 'reap'
  /** What is wrong with the way the run ended, null where nothing is. `record` is null where it never began. */
  readonly refuse: (record: RunRecord | null) => string | null
}

export interface Outcome {
  readonly trial: Trial
  readonly findings: readonly Finding[]
  /** Where the process was killed: how far the run was. */
  readonly phase: Phase | null
  /** How the run ended. */
  readonly end: string
  readonly log: string
}

/** So many operations of the store, about, does `reap` take for one run. */
const REAPING = 20
/** Many times what a run takes here, also where the machine is busy with other things. */
const LIMIT_SECONDS = 180

export async function runTrial(
  world: World,
  measurements: Measurements,
  slot: number,
  trial: Trial,
): Promise<Outcome> {
  const measured = await measurements.of(trial.stage, slot)
  const stage = await Stage.set(world, trial.name, slot, trial.stage)
  try {
    return await new Performance(trial, stage, measured).perform()
  } finally {
    await stage.strike()
  }
}

/** The acts of a trial, and what was found on the way. */
class Performance {
  readonly #trial: Trial
  readonly #stage: Stage
  readonly #measured: Measured
  readonly #findings: Finding[] = []

  constructor(trial: Trial, stage: Stage, measured: Measured) {
    this.#trial = trial
    this.#stage = stage
    this.#measured = measured
  }

  async perform(): Promise<Outcome> {
    const { scene, network } = this.#stage
    const ended = await this.#end(this.#trial.begin(this.#stage, this.#measured))
    const first = await readRecord(scene)
    const phase = ended.code === null ? await phaseOf(scene, first) : null
    this.#findings.push(...(await checkBetween(scene, first)), ...exitFindings(ended, first))
    if (first === null || !isFinal(first.state)) {
      // A lost machine stays unheard of; a fault of the network is over when somebody goes on.
      if (this.#trial.family !== 'kill') network.heal()
      await this.#goOn()
    }
    this.#findings.push(...(await checkStatements(scene)))
    network.heal()
    const record = await readRecord(scene)
    this.#findings.push(...(await checkEnd(scene, record)))
    const refused = this.#trial.refuse(record)
    if (refused !== null) this.#findings.push({ kind: 'record', what: refused })
    const end = `${record?.state ?? 'no record'}${record?.error ? ` ${record.error.code}` : ''}`
    return { trial: this.#trial, findings: this.#findings, phase, end, log: await this.#stage.log() }
  }

  async #goOn(): Promise<void> {
    const { scene } = this.#stage
    for (const fraction of this.#trial.moreKills) {
      await scene.place.letTimePass()
      await this.#end(
        this.#nextAttempt({ operation: Math.floor(fraction * this.#operations), when: 'before' }),
      )
      this.#findings.push(...(await checkBetween(scene, await readRecord(scene))))
    }
    await scene.place.letTimePass()
    await this.#end(this.#nextAttempt(null))
  }

  #nextAttempt(kill: Death | null): Started {
    return this.#trial.goOn === 'rerun' ? this.#stage.run({ kill }) : this.#stage.reap({ kill })
  }

  /** How many operations of the store going on takes. */
  get #operations(): number {
    return this.#trial.goOn === 'rerun' ? this.#measured.operations.length : REAPING
  }

  /** The process, and the runners that it started, are gone after this. */
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

/** A process that ended by itself says the same as the record. */
function exitFindings({ code }: Ended, record: RunRecord | null): Finding[] {
  if (code === null || record === null || !isFinal(record.state) || record.exitCode === code) return []
  return [{ kind: 'record', what: `exit code ${code}, and ${record.exitCode} in the record` }]
}
