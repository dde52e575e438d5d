import { inParallel } from '../platform/index.ts'
import { isFinal, type RunRecord, type RunStore, type ShownRun } from '../run/index.ts'
import { AT_ONCE, isDead } from './listed-runs.ts'

/**
 * After this many rounds without a change of its record, the store or the engine is asked whether a run is dead. With a round
 * every 2 s, a live runner writes the record more often.
 */
const PATIENCE = 6

/** A run that has not ended. */
interface OpenRun {
  /** The fields that a live runner changes. */
  readonly sign: string
  /** The number of rounds in which `sign` was the same. */
  readonly rounds: number
  readonly dead: boolean
}

/** Finds the dead ones among runs that are looked at again and again, with few questions to the store and the engines. */
export class OpenRuns {
  readonly #runs: RunStore
  #open: ReadonlyMap<string, OpenRun> = new Map()

  constructor(runs: RunStore) {
    this.#runs = runs
  }

  /** Ends a round: forgets the runs of the last round that are not among these. */
  async shown(records: readonly RunRecord[]): Promise<readonly ShownRun[]> {
    const open = new Map<string, OpenRun>()
    await inParallel(
      records.filter(({ state }) => !isFinal(state)),
      AT_ONCE,
      async record => {
        open.set(record.id, await this.#look(record))
      },
    )
    this.#open = open
    return records.map(record => ({ ...record, dead: open.get(record.id)?.dead ?? false }))
  }

  async #look(record: RunRecord): Promise<OpenRun> {
    const sign = `${record.state} ${record.attempt} ${record.heartbeatAt}`
    const before = this.#open.get(record.id)
    if (before === undefined) return { sign, rounds: 0, dead: await isDead(record, this.#runs) }
    if (before.sign !== sign) return { sign, rounds: 0, dead: false }
    const rounds = before.rounds + 1
    const dead = rounds % PATIENCE === 0 ? await isDead(record, this.#runs) : before.dead
    return { sign, rounds, dead }
  }
}
