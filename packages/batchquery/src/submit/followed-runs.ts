import { BatchQueryError } from '../errors/index.ts'
import { inParallel, type Log } from '../platform/index.ts'
import {
  EndedRecords,
  isFinal,
  type ListOptions,
  type RunRecord,
  type RunStore,
  type ShownRun,
} from '../run/index.ts'
import { AT_ONCE, isDead, listedRecords } from './listed-runs.ts'

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

/** What `changes` returned last for a run. */
interface Reported {
  readonly state: string
  readonly hasEnded: boolean
}

/**
 * Reads the runs of a home bucket again and again. A round reads the index, the record of each run that has not ended, and no
 * record of an ended run a second time. It logs each warning once.
 */
export class FollowedRuns {
  readonly #runs: RunStore
  readonly #options: ListOptions
  readonly #log: Pick<Log, 'warn'>
  readonly #warned = new Set<string>()
  readonly #ended = new EndedRecords()
  #open: ReadonlyMap<string, OpenRun> = new Map()
  #reported: ReadonlyMap<string, Reported> = new Map()

  constructor(runs: RunStore, options: ListOptions, log: Pick<Log, 'warn'>) {
    this.#runs = runs
    this.#options = options
    this.#log = log
  }

  /** As `listedRuns`. */
  async list(): Promise<readonly ShownRun[]> {
    return this.#shown(await this.#records())
  }

  /**
   * Returns the runs whose state has changed since the last round, the oldest first; in the first round all runs of `list`. It watches
   * a run until the run has ended, also if the list does not contain it any more.
   */
  async changes(): Promise<readonly ShownRun[]> {
    const listed = await this.#records()
    const ids = new Set(listed.map(({ id }) => id))
    const unlisted = [...this.#reported].flatMap(([id, { hasEnded }]) => (hasEnded || ids.has(id) ? [] : id))
    const shown = await this.#shown([...(await this.#read(unlisted)), ...listed.toReversed()])
    const before = this.#reported
    const reported = shown.map(
      ({ id, state, dead }) => [id, { state: `${state} ${dead}`, hasEnded: isFinal(state) }] as const,
    )
    this.#reported = new Map(reported)
    return shown.filter(({ id }) => before.get(id)?.state !== this.#reported.get(id)?.state)
  }

  async #records(): Promise<readonly RunRecord[]> {
    const records = await listedRecords(
      this.#runs,
      { ...this.#options, ended: this.#ended },
      { warn: text => this.#warn(text) },
    )
    this.#ended.endRound()
    return records
  }

  /** Omits the runs whose records are gone. */
  async #read(ids: readonly string[]): Promise<readonly RunRecord[]> {
    const records: RunRecord[] = []
    await inParallel(ids, AT_ONCE, async id => {
      try {
        records.push(await this.#runs.read(id))
      } catch (thrown) {
        const { code, message } = BatchQueryError.from(thrown)
        if (code === 'RUN_RECORD_INVALID') this.#warn(`run ${id}: ${message}`)
        else if (code !== 'RUN_NOT_FOUND') throw thrown
      }
    })
    return records
  }

  async #shown(records: readonly RunRecord[]): Promise<readonly ShownRun[]> {
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

  #warn(text: string): void {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    this.#log.warn(text)
  }
}
