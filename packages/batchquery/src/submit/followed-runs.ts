import { BatchQueryError } from '../errors/index.ts'
import { inParallel, type Log } from '../platform/index.ts'
import { EndedRecords, isFinal, type ListOptions, type RunRecord, type RunStore } from '../run/index.ts'
import { AT_ONCE, isDead, listedRecords, type ShownRun } from './listed-runs.ts'

/**
 * After so many rounds in which its record stays the same, the store or the engine is asked whether a run is dead. At a
 * round each 2 s a runner that lives writes its record more often.
 */
const PATIENCE = 6

/** A run that has not ended. */
interface OpenRun {
  /** What a runner that lives changes. */
  readonly sign: string
  /** In how many rounds it was the same. */
  readonly rounds: number
  readonly dead: boolean
}

/** What was said of a run last. */
interface Told {
  readonly state: string
  readonly hasEnded: boolean
}

/**
 * The runs of a home bucket, looked at again and again. A round reads the index, the record of each run that has not
 * ended, and no record of an ended run a second time. Each warning goes out once.
 */
export class FollowedRuns {
  readonly #runs: RunStore
  readonly #options: ListOptions
  readonly #log: Pick<Log, 'warn'>
  readonly #warned = new Set<string>()
  readonly #ended = new EndedRecords()
  #open: ReadonlyMap<string, OpenRun> = new Map()
  #told: ReadonlyMap<string, Told> = new Map()

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
   * The runs whose state is not what it was in the round before, the oldest first; in the first round all of `list`. A run
   * that was among them stays so until it has ended, though the list may not have it any more.
   */
  async changes(): Promise<readonly ShownRun[]> {
    const listed = await this.#records()
    const ids = new Set(listed.map(({ id }) => id))
    const left = [...this.#told].flatMap(([id, { hasEnded }]) => (hasEnded || ids.has(id) ? [] : id))
    const shown = await this.#shown([...(await this.#read(left)), ...listed.toReversed()])
    const before = this.#told
    const told = shown.map(
      ({ id, state, dead }) => [id, { state: `${state} ${dead}`, hasEnded: isFinal(state) }] as const,
    )
    this.#told = new Map(told)
    return shown.filter(({ id }) => before.get(id)?.state !== this.#told.get(id)?.state)
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

  /** Those that are gone are left out. */
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
