import { setTimeout as sleep } from 'node:timers/promises'
import { isFinal, type RunRecord } from '../../src/run/index.ts'
import { checkBetween, checkEnd, checkStatements, type Finding, readRecord } from './checker.ts'
import type { Measured, Measurements } from './measure.ts'
import { type Phase, phaseOf } from './phases.ts'
import { allEnded, type Ended, type Started } from './processes.ts'
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
  /** How often the next attempt is killed too. */
  readonly moreKills: number
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

/** Many times what a run takes here, also where the machine is busy with other things. */
const LIMIT_MS = 180_000

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
    if (first === null || !isFinal(first.state)) await this.#goOn()
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
    const { operations } = this.#measured
    const { place } = this.#stage.scene
    await place.letTimePass()
    for (let kills = 0; kills < this.#trial.moreKills; kills++) {
      const operation = Math.floor(((kills + 1) / (this.#trial.moreKills + 1)) * operations.length)
      await this.#end(this.#stage.run({ kill: { operation, when: 'before' } }))
      this.#findings.push(...(await checkBetween(this.#stage.scene, await readRecord(this.#stage.scene))))
      await place.letTimePass()
    }
    await this.#end(this.#trial.goOn === 'rerun' ? this.#stage.run() : this.#stage.reap())
  }

  /** The process, and the runners that it started, are gone after this. */
  async #end(started: Started): Promise<Ended> {
    const limit = new AbortController()
    const tooLong = sleep(LIMIT_MS, null, { signal: limit.signal }).catch(() => null)
    const ended = await Promise.race([started.ended, tooLong])
    limit.abort()
    const isOver = await allEnded(this.#stage.scene.runId, ended === null ? 0 : LIMIT_MS)
    if (ended !== null && isOver) return ended
    this.#findings.push({ kind: 'without end', what: `it still ran after ${LIMIT_MS / 1000} s` })
    started.kill()
    return started.ended
  }
}

/** A process that ended by itself says the same as the record. */
function exitFindings({ code }: Ended, record: RunRecord | null): Finding[] {
  if (code === null || record === null || !isFinal(record.state) || record.exitCode === code) return []
  return [{ kind: 'record', what: `exit code ${code}, and ${record.exitCode} in the record` }]
}
