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
import { AT_ONCE, listedRecords } from './listed-runs.ts'
import { OpenRuns } from './open-runs.ts'

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
  readonly #open: OpenRuns
  #reported: ReadonlyMap<string, Reported> = new Map()

  constructor(runs: RunStore, options: ListOptions, log: Pick<Log, 'warn'>) {
    this.#runs = runs
    this.#open = new OpenRuns(runs)
    this.#options = options
    this.#log = log
  }

  /** As `listedRuns`. */
  async list(): Promise<readonly ShownRun[]> {
    return this.#open.shown(await this.#records())
  }

  /**
   * Returns the runs whose state has changed since the last round, the oldest first; in the first round all runs of `list`. It watches
   * a run until the run has ended, also if the list does not contain it any more.
   */
  async changes(): Promise<readonly ShownRun[]> {
    const listed = await this.#records()
    const ids = new Set(listed.map(({ id }) => id))
    const unlisted = [...this.#reported].flatMap(([id, { hasEnded }]) => (hasEnded || ids.has(id) ? [] : id))
    const shown = await this.#open.shown([...(await this.#read(unlisted)), ...listed.toReversed()])
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

  #warn(text: string): void {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    this.#log.warn(text)
  }
}
