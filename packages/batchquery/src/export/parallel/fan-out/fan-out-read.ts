import type { Session } from '../../../database/database.ts'
import type {
  Moment,
  ParallelReads,
  ReadsPlan,
  ReadsRequest,
  SessionState,
} from '../../../database/parallel-reads.ts'
import { BatchQueryError } from '../../../errors/index.ts'
import type { RangeBoard, RangeEntry } from '../../../journal/index.ts'
import { inParallel, unlessAborted } from '../../../platform/index.ts'
import type { StageToken } from '../../../store/store.ts'
import type { ExportPlan, ParallelPlan } from '../../plan.ts'
import type { StagedRows } from '../../stage-rows.ts'
import { BurdenWatch } from '../burden-watch.ts'
import { chooseReaders } from '../choose-readers.ts'
import { mergeRanges } from '../merge-ranges.ts'
import { OpenedMoment, type ParallelContext, type Seen } from '../parallel-read.ts'
import { planSha256, RangeLedger, rowsOf } from '../range-ledger.ts'
import { RangeQueue } from '../range-queue.ts'
import type { ReaderHost } from '../reader-host.ts'
import { ReaderTeam } from '../reader-team.ts'
import { BoardFollower } from './follow-board.ts'
import type { MachineHost } from './machines.ts'
import { hasSecret, refuseMoment } from './refusals.ts'
import type { Work } from './work.ts'

const ABORTS = 16
const MINUTE_MS = 60_000

export interface FanOutContext extends ParallelContext {
  readonly host: ReaderHost
  readonly machines: MachineHost
}

/**
 * Reads the rows of one export with several machines. This process is their coordinator: it reads no range.
 *
 *     state ─▶ plan ─▶ kept ─▶ moment ─▶ work published ─▶ machines … ─▶ confirmed ─▶ merged
 *       └────────┴───────┴────────┴──────────────┴────────────┴── failed: all machines end, nothing stays staged
 */
export class FanOutRead {
  readonly #reads: ParallelReads
  readonly #session: Session
  readonly #plan: ExportPlan
  readonly #parallel: ParallelPlan
  readonly #context: FanOutContext
  readonly #note: (text: string) => void
  #queue = new RangeQueue([])
  #board: RangeBoard | null = null
  #expectedRows: number | null = null
  #hasLostReader = false
  #reading: Promise<unknown> = Promise.resolve()

  constructor(
    reads: ParallelReads,
    session: Session,
    plan: ExportPlan,
    parallel: ParallelPlan,
    context: FanOutContext,
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
    return this.#board !== null
  }

  /**
   * Reads and stages all rows. When it resolves or rejects, no machine and no session of it remains.
   *
   * @param declared resolves when the journal has the destination
   * @throws UNSUPPORTED_CLAUSE, PERMISSION if the rows cannot be read so; the errors of the workers, the machines and the store; the
   *   signal's reason
   */
  async stage(declared: Promise<void>): Promise<StagedRows & Seen> {
    const { signal, machines, host, warn } = this.#context
    await unlessAborted(signal, () => declared)
    const all = this.#parallel.readers * machines.machines
    const request = { ...this.#request, readers: all }
    refuseMoment(this.#reads, request, machines)
    const state = await this.#reads.state(this.#session, this.#plan.query)
    const reads = await this.#reads.plan(this.#session, request)
    const { notes } = await this.#reads.checkMoment(this.#session, reads, request)
    this.#queue = new RangeQueue(reads.ranges)
    const sha256 = planSha256(this.#plan, this.#parallel, reads, state)
    await this.#keep(sha256)
    const ranges = { ranges: this.#queue.waiting }
    const chosen = await chooseReaders(this.#reads, this.#session, ranges, request, host.limits)
    const count = Math.max(
      1,
      Math.min(machines.machines, Math.floor(chosen.readers / this.#parallel.readers)),
    )
    this.#describe(reads, count, [...chosen.notes, ...notes])
    const team = new ReaderTeam({
      ...{ host, state, signal, note: this.#note, warn, journal: async () => {}, progress: () => {} },
      task: {
        ...{ source: host.source, mark: host.mark, runId: this.#context.runId },
        statement: this.#parallel.statement,
      },
    })
    const moment = new OpenedMoment()
    try {
      const reading = this.#readAll(team, { reads, request, state, sha256, count }, moment)
      this.#reading = reading
      return await unlessAborted(signal, () => reading)
    } finally {
      // If the signal has aborted, the machines are still ending.
      await this.#reading.catch(() => {})
      await moment.close(warn)
      await team.endControls()
    }
  }

  /** Removes everything that workers have staged. */
  async abort(): Promise<void> {
    const kept = this.#queue.results.flatMap(({ parts }) => parts.map(({ token }) => token))
    await this.#abort([...kept, ...(await this.#stagedByWorkers())])
  }

  #abort(tokens: readonly StageToken[]): Promise<void> {
    return inParallel(tokens, ABORTS, token => this.#plan.destination.store.abort(token))
  }

  get #request(): ReadsRequest {
    const { readers, by, consistency } = this.#parallel
    return { query: this.#plan.query, readers, by, consistency }
  }

  #describe({ source, key, ranges, estimate }: ReadsPlan, machines: number, notes: readonly string[]): void {
    this.#expectedRows = estimate.rows
    const { readers } = this.#parallel
    const each = `${readers} ${readers === 1 ? 'session' : 'sessions'}`
    this.#note(
      `${source} is read in ${ranges.length} ranges by ${key}, by ${machines} machines with ${each} each`,
    )
    for (const note of notes) this.#note(note)
    this.#tellRanges()
  }

  /** Goes on with the ranges that an earlier attempt has read, unless the rows are of one moment. */
  async #keep(sha256: string): Promise<void> {
    const { journal, progress, kept } = this.#context
    const { uri } = this.#plan.destination
    if (kept === undefined) return
    if (this.#parallel.consistency === 'SNAPSHOT') {
      const { startsOver } = await kept(uri, null)
      if (startsOver !== null) this.#note(startsOver)
      return
    }
    const ledger = new RangeLedger(this.#queue, {
      ...{ uri, planSha256: sha256, journal, progress, note: this.#note },
      abort: tokens => this.#abort(tokens),
    })
    await ledger.adopt(kept)
  }

  async #readAll(team: ReaderTeam, opening: Opening, opened: OpenedMoment): Promise<StagedRows & Seen> {
    const { signal, host, warn } = this.#context
    const { reads, request } = opening
    const moment = await opened.open(
      this.#reads.openMoment({
        ...{ session: this.#session, plan: reads, request, signal, note: this.#note },
        connect: () => team.connect(),
        // The workers begin later.
        readers: async () => {},
      }),
    )
    const { level, at } = moment
    this.#note(
      level === 'none'
        ? 'the machines share no moment'
        : `all machines see one moment${at === null ? '' : `: ${at}`}`,
    )
    const told = { note: this.#note, warn }
    const burden = new BurdenWatch(moment, host.limits, told, host.burdenMs ?? MINUTE_MS)
    try {
      if (!this.#queue.isComplete) await this.#follow(opening, moment)
    } finally {
      await burden.stop()
    }
    await moment.confirm()
    const { staged, left } = mergeRanges(this.#queue.results, this.#plan)
    await this.#abort([...left.map(({ token }) => token), ...(await this.#stagedInVain())])
    return { ...staged, level, moment: at }
  }

  async #follow(opening: Opening, { level, join = [] }: Moment): Promise<void> {
    const { machines, signal, warn } = this.#context
    const board = machines.boardOf(this.#plan.destination.uri)
    const work = this.#work(opening, level, join)
    const sha256 = await board.publishWork(work)
    this.#board = board
    const follower = new BoardFollower({
      ...{ board, sha256, signal, warn, note: this.#note },
      host: { ...machines, machines: opening.count },
      finished: entry => this.#finish(entry, opening.sha256),
      isComplete: () => this.#queue.isComplete,
    })
    let reason = 'the export has failed'
    try {
      await follower.follow()
      reason = 'all ranges are read'
    } finally {
      await follower.end(reason, signal.aborted)
      for (const warning of await machines.endSessions(this.#plan.destination.uri)) warn(warning)
      if (follower.hasLost || !this.#queue.isComplete) this.#hasLostReader = true
    }
  }

  #work({ reads, state, sha256 }: Opening, level: Moment['level'], join: readonly string[]): Work {
    const { machines, host } = this.#context
    const { url } = host.source
    const work: Work = {
      planSha256: sha256,
      statement: this.#parallel.statement,
      url: machines.isSecret(url) ? null : url,
      readers: this.#parallel.readers,
      state: {
        setup: [...state.setup],
        check: state.check,
        expected: state.expected.map(([name, value]) => [name, value]),
      },
      join: [...join],
      level,
      ranges: this.#queue.waiting.map(range => ({ ...range })),
      first: reads.ranges.at(0)?.number ?? null,
    }
    if (machines.isSecret(JSON.stringify(work))) throw hasSecret(machines)
    return work
  }

  #finish(entry: RangeEntry, sha256: string): void {
    const { number, planSha256: of } = entry
    const range = this.#queue.waiting.find(waiting => waiting.number === number)
    if (range === undefined || of !== sha256)
      throw new BatchQueryError(
        'VERIFICATION',
        `range ${number} was read, but is not a range of this export`,
        {
          hint: 'Start a new run: `batchquery rerun RUN`. Another program has changed the objects of this run.',
        },
      )
    this.#queue.keep(number, rowsOf(entry))
    this.#context.progress(entry.rows, entry.bytes, entry.parts.length)
    this.#tellRanges()
  }

  async #stagedByWorkers(): Promise<readonly StageToken[]> {
    if (this.#board === null) return []
    const tokens: StageToken[] = []
    for (const worker of (await this.#board.look()).workers)
      tokens.push(...(await this.#board.tokensOf(worker)))
    return tokens
  }

  /** What lost workers staged, and workers that read a range that another one had finished. */
  async #stagedInVain(): Promise<readonly StageToken[]> {
    const used = new Set(this.#queue.results.flatMap(({ parts }) => parts.map(({ token }) => token.handle)))
    return (await this.#stagedByWorkers()).filter(({ handle }) => !used.has(handle))
  }

  #tellRanges(): void {
    const { done, all } = this.#queue
    this.#context.host.ranges({ done, all, expectedRows: this.#expectedRows })
  }
}

interface Opening {
  readonly reads: ReadsPlan
  readonly request: ReadsRequest
  readonly state: SessionState
  /** The hash of the plan. */
  readonly sha256: string
  /** How many machines read. */
  readonly count: number
}
