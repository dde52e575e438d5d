import type { Session } from '../../database/database.ts'
import type {
  Moment,
  ParallelReads,
  ReadRange,
  ReadsPlan,
  ReadsRequest,
  SessionState,
} from '../../database/parallel-reads.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Level } from '../../format/index.ts'
import type { Journal, KeepRanges } from '../../journal/index.ts'
import { inParallel, unlessAborted } from '../../platform/index.ts'
import type { StageToken } from '../../store/store.ts'
import type { ExportPlan, ParallelPlan } from '../plan.ts'
import type { StagingProgress } from '../stage.ts'
import type { StagedRows } from '../stage-rows.ts'
import { BurdenWatch } from './burden-watch.ts'
import { chooseReaders } from './choose-readers.ts'
import { mergeRanges } from './merge-ranges.ts'
import { planSha256, RangeLedger } from './range-ledger.ts'
import { RangeQueue } from './range-queue.ts'
import type { ReaderHost } from './reader-host.ts'
import { type Reader, ReaderTeam } from './reader-team.ts'
import { recordedPlan } from './recorded-plan.ts'

const ABORTS = 16
const MINUTE_MS = 60_000

/** What an export that is read in parallel needs of the export around it. */
export interface ParallelContext {
  readonly runId: string
  readonly journal: Pick<Journal, 'write'>
  readonly kept?: KeepRanges
  readonly progress: StagingProgress
  readonly signal: AbortSignal
  readonly warn: (text: string) => void
  readonly note?: (text: string) => void
}

/** The moment that the rows are of. */
export interface Seen {
  readonly level: Level
  /** In the words of the server; null if it has none. */
  readonly moment: string | null
}

/**
 * Reads the rows of one export with several sessions, in threads:
 *
 *     state ─▶ plan ─▶ kept ─▶ readers ─▶ moment ─▶ ranges … ─▶ confirmed ─▶ merged
 *       └────────┴───────┴────────┴─────────┴─────────┴── failed: all readers end, nothing stays staged
 */
export class ParallelRead {
  readonly #reads: ParallelReads
  readonly #session: Session
  readonly #plan: ExportPlan
  readonly #parallel: ParallelPlan
  readonly #context: ParallelContext & { readonly host: ReaderHost }
  readonly #note: (text: string) => void
  #queue = new RangeQueue([])
  #ledger: RangeLedger | null = null
  #expectedRows: number | null = null
  /** Whether a reader ended without removing what it had staged. */
  #hasLostReader = false

  constructor(
    reads: ParallelReads,
    session: Session,
    plan: ExportPlan,
    parallel: ParallelPlan,
    context: ParallelContext & { readonly host: ReaderHost },
  ) {
    this.#reads = reads
    this.#session = session
    this.#plan = plan
    this.#parallel = parallel
    this.#context = context
    this.#note = context.note ?? (() => {})
  }

  get hasLostReader(): boolean {
    return this.#hasLostReader
  }

  /** Whether the store has confirmed a part. */
  get hasBegun(): boolean {
    return this.#queue.results.some(({ parts }) => parts.length > 0)
  }

  /**
   * Reads and stages all rows. When it resolves or rejects, no reader and no session of it remains.
   *
   * @param declared resolves when the journal has the destination
   * @throws UNSUPPORTED_CLAUSE, PERMISSION if the rows cannot be read so; the errors of the sessions and the store; the signal's reason
   */
  async stage(declared: Promise<void>): Promise<StagedRows & Seen> {
    const { signal } = this.#context
    await unlessAborted(signal, () => declared)
    const request = this.#request
    const state = await this.#reads.state(this.#session, this.#plan.query)
    const reads = await this.#reads.plan(this.#session, request)
    const { notes } = await this.#reads.checkMoment(this.#session, reads, request)
    const { journal, host, runId } = this.#context
    this.#queue = new RangeQueue(reads.ranges)
    await this.#keep(reads, state)
    const chosen = await chooseReaders(
      this.#reads,
      this.#session,
      { ranges: this.#queue.waiting },
      request,
      host.limits,
    )
    const { readers } = chosen
    this.#describe(reads, readers, [...chosen.notes, ...notes])
    const { uri } = this.#plan.destination
    await journal.write({ step: 'planned', uri, plan: recordedPlan(reads, request, readers) })
    const { keepsOwner } = this.#plan.destination.store.capabilities
    const team = new ReaderTeam({
      ...{ host, state, signal, note: this.#note, warn: this.#context.warn },
      journal: async step => {
        if (!keepsOwner) await journal.write(step)
      },
      progress: ({ rows, bytes, parts }) => this.#context.progress(rows, bytes, parts),
      task: { source: host.source, mark: host.mark, runId, statement: this.#parallel.statement },
    })
    const moment = new OpenedMoment()
    try {
      return await unlessAborted(signal, () => this.#readAll(team, reads, request, readers, moment))
    } finally {
      if (!(await team.endReaders())) this.#hasLostReader = true
      await moment.close(this.#context.warn)
      await team.endControls()
    }
  }

  /** Removes the parts of the ranges that were read. */
  async abort(): Promise<void> {
    await this.#abort(this.#queue.results.flatMap(({ parts }) => parts.map(({ token }) => token)))
  }

  #abort(tokens: readonly StageToken[]): Promise<void> {
    return inParallel(tokens, ABORTS, token => this.#plan.destination.store.abort(token))
  }

  get #request(): ReadsRequest {
    const { readers, by, consistency } = this.#parallel
    return { query: this.#plan.query, readers, by, consistency }
  }

  #describe({ source, key, ranges, estimate }: ReadsPlan, readers: number, notes: readonly string[]): void {
    this.#expectedRows = estimate.rows
    const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`
    this.#note(
      `${source} is read in ${count(ranges.length, 'range')} by ${key}, by ${count(readers, 'session')}`,
    )
    for (const note of notes) this.#note(note)
    this.#tellRanges()
  }

  /** Goes on with the ranges that an earlier attempt has read, unless the rows are of one moment. */
  async #keep(reads: ReadsPlan, state: SessionState): Promise<void> {
    const { journal, progress, kept } = this.#context
    const { uri } = this.#plan.destination
    if (this.#parallel.consistency === 'SNAPSHOT') {
      const found = await kept?.(uri, null)
      if (found?.startsOver) this.#note(found.startsOver)
      return
    }
    this.#ledger = new RangeLedger(this.#queue, {
      ...{ uri, planSha256: planSha256(this.#plan, this.#parallel, reads, state) },
      ...{ journal, progress, note: this.#note, abort: tokens => this.#abort(tokens) },
    })
    if (kept !== undefined) await this.#ledger.adopt(kept)
  }

  async #readAll(
    team: ReaderTeam,
    plan: ReadsPlan,
    request: ReadsRequest,
    readers: number,
    opened: OpenedMoment,
  ): Promise<StagedRows & Seen> {
    const { signal, host, warn } = this.#context
    await team.start(readers)
    let join: readonly string[] = []
    const moment = await opened.open(
      this.#reads.openMoment({
        ...{ session: this.#session, plan, request, signal, note: this.#note },
        connect: () => team.connect(),
        readers: statements => {
          join = statements
          return team.runAll(statements)
        },
      }),
    )
    const { level, at } = moment
    this.#note(
      level === 'none'
        ? 'the readers share no moment'
        : `all readers see one moment${at === null ? '' : `: ${at}`}`,
    )
    const burden = new BurdenWatch(
      moment,
      host.limits,
      { note: this.#note, warn },
      host.burdenMs ?? MINUTE_MS,
    )
    try {
      await this.#readRanges(team, level, level === 'none' ? join : (moment.join ?? null))
    } finally {
      await burden.stop()
    }
    await moment.confirm()
    const { staged, left } = mergeRanges(this.#queue.results, this.#plan)
    await this.#abort(left.map(({ token }) => token))
    return { ...staged, level, moment: at }
  }

  /** @param join how a session joins the moment; null if none can */
  async #readRanges(team: ReaderTeam, level: Level, join: readonly string[] | null): Promise<void> {
    let lost: unknown = null
    const work = async (reader: Reader): Promise<void> => {
      for (let range = await this.#queue.next(); range !== null; range = await this.#queue.next()) {
        const failure = await this.#readRange(reader, range, level)
        if (failure === null) continue
        lost = failure
        await this.#giveBack(team, reader, range, failure)
        return join === null ? undefined : work(await team.add(join))
      }
    }
    await Promise.all([...team.readers].map(work))
    if (!this.#queue.isComplete) throw lost
  }

  /** @returns the error if another reader may read the range; null if it is read. @throws any other error */
  async #readRange(reader: Reader, range: ReadRange, level: Level): Promise<BatchQueryError | null> {
    let rows: StagedRows
    try {
      const keepsEmpty = range === this.#queue.first
      rows = await reader.read({ range, keepsEmpty, level })
    } catch (thrown) {
      const error = BatchQueryError.from(thrown)
      if (reader.thread.hasDied || (error.code === 'DATABASE_LOST' && error.retryable)) return error
      throw error
    }
    this.#queue.finish(range, rows)
    await this.#ledger?.record(reader.name, range, rows)
    this.#tellRanges()
    return null
  }

  async #giveBack(team: ReaderTeam, reader: Reader, range: ReadRange, error: BatchQueryError): Promise<void> {
    if (!(await team.remove(reader))) {
      this.#hasLostReader = true
      await this.#abort(reader.tokens)
    }
    reader.uncount()
    if (!this.#queue.giveBack(range)) throw error
    this.#context.warn(
      `a reader was lost, and another one reads its range (${range.where}): ${error.message}`,
    )
  }

  #tellRanges(): void {
    const { done, all } = this.#queue
    this.#context.host.ranges({ done, all, expectedRows: this.#expectedRows })
  }
}

/** A moment that may be opening when the export ends. */
export class OpenedMoment {
  #opening: Promise<Moment> | null = null

  open(opening: Promise<Moment>): Promise<Moment> {
    this.#opening = opening
    return opening
  }

  /** Never throws. */
  async close(warn: (text: string) => void): Promise<void> {
    const moment = await this.#opening?.catch(() => null)
    await moment?.close().catch(thrown => {
      warn(`the moment of the readers could not be closed: ${BatchQueryError.from(thrown).message}`)
    })
  }
}
