import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'valibot'
import type { ReadRange } from '../../../database/parallel-reads.ts'
import { BatchQueryError } from '../../../errors/index.ts'
import type { RangeBoard, RangeClaim } from '../../../journal/index.ts'
import { inParallel } from '../../../platform/index.ts'
import type { StageToken } from '../../../store/store.ts'
import type { Destination } from '../../destination.ts'
import type { StagedRows } from '../../stage-rows.ts'
import { entryOf } from '../range-ledger.ts'
import type { ReaderHost } from '../reader-host.ts'
import { type Reader, ReaderTeam } from '../reader-team.ts'
import { work as schema, type Work } from './work.ts'

/** So often a range is tried before its error ends the export. */
const MOST_TRIES = 3
const ABORTS = 16

/** What a worker needs of the program around it. */
export interface WorkerContext {
  readonly runId: string
  /** From 1. */
  readonly worker: number
  /** For records and people: `w3`. */
  readonly name: string
  readonly board: RangeBoard
  readonly host: ReaderHost
  /** The destination of the work's statement. */
  readonly destination: Destination
  /** Records a staged object. It has no byte before this resolves. */
  readonly staged: (token: StageToken) => Promise<void>
  readonly signal: AbortSignal
  readonly note: (text: string) => void
  readonly warn: (text: string) => void
  /** How often the worker looks whether a range is free. Milliseconds. */
  readonly lookMs: number
}

/** Reads what a coordinator published for its workers. @throws RUN_RECORD_INVALID */
export const readWork = async (board: RangeBoard, sha256: string): Promise<Work> =>
  parse(schema, await board.readWork(sha256))

/**
 * Reads ranges of an export until none is left, as one of its workers. Nothing that it began is left when it resolves or rejects.
 *
 * @throws the error of a range, which ends the export; the signal's reason, and then others read its ranges
 */
export async function readAsWorker(work: Work, context: WorkerContext): Promise<void> {
  const { board, signal, host, runId } = context
  const team = new ReaderTeam({
    ...{ host, state: work.state, signal, note: context.note, warn: context.warn, progress: () => {} },
    journal: async step => {
      if (step.step === 'opened') await context.staged(step.token)
    },
    task: { source: host.source, mark: host.mark, runId, statement: work.statement },
  })
  const stop = (): void => void team.endReaders()
  signal.addEventListener('abort', stop)
  try {
    await team.start(work.readers)
    if (work.join.length > 0) await team.runAll(work.join)
    const ranges = new FreeRanges(work, context)
    await Promise.all([...team.readers].map(reader => readRanges(reader, { team, ranges, work, context })))
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    const error = BatchQueryError.from(thrown)
    await board.fail(error)
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await team.endReaders()
  }
}

interface Reading {
  readonly team: ReaderTeam
  readonly ranges: FreeRanges
  readonly work: Work
  readonly context: WorkerContext
}

async function readRanges(reader: Reader, reading: Reading): Promise<void> {
  const { team, ranges, work, context } = reading
  for (let taken = await ranges.next(); taken !== null; taken = await ranges.next()) {
    const { range, claim } = taken
    let rows: StagedRows
    try {
      rows = await reader.read({ range, keepsEmpty: range.number === work.first, level: work.level })
    } catch (thrown) {
      const error = BatchQueryError.from(thrown)
      const hasCleaned = await team.remove(reader)
      if (!hasCleaned) await abort(context, reader.tokens)
      await context.board.giveBack(claim)
      if (context.signal.aborted) throw context.signal.reason
      const isLost = reader.thread.hasDied || (error.code === 'DATABASE_LOST' && error.retryable)
      if (!isLost || claim.turn >= MOST_TRIES) throw error
      context.warn(`a reader was lost, and another one reads its range (${range.where}): ${error.message}`)
      return readRanges(await team.add(work.join), reading)
    }
    await finish(context, work, range, rows)
  }
}

/** If another worker has finished the range, because this one was thought dead, its rows are the result. */
async function finish(
  context: WorkerContext,
  { planSha256 }: Work,
  { number, where }: ReadRange,
  rows: StagedRows,
): Promise<void> {
  const { board, name, note } = context
  if (await board.finish(entryOf(rows, { number, worker: name, planSha256 }))) {
    note(`range ${number} (${where}): ${rows.rows} rows, ${rows.bytes} bytes`)
    return
  }
  note(`range ${number} (${where}) was read by another worker too, which was faster`)
  await abort(
    context,
    rows.parts.map(({ token }) => token),
  )
}

const abort = ({ destination: { store } }: WorkerContext, tokens: readonly StageToken[]): Promise<void> =>
  inParallel(tokens, ABORTS, token => store.abort(token))

interface Taken {
  readonly range: ReadRange
  readonly claim: RangeClaim
}

/**
 * The ranges that no worker reads, for the readers of one worker. It looks at the board only if it knows of none. Each worker begins at
 * another place, so that claims rarely meet.
 */
class FreeRanges {
  readonly #context: WorkerContext
  readonly #ranges: readonly ReadRange[]
  #free: Taken[] = []
  /** Readers ask one after the other. Never rejects. */
  #asking: Promise<unknown> = Promise.resolve()

  constructor({ ranges }: Work, context: WorkerContext) {
    // A fraction of the golden ratio spreads any number of workers.
    const start = Math.floor(((context.worker * 0.618_033_988_75) % 1) * ranges.length)
    this.#ranges = [...ranges.slice(start), ...ranges.slice(0, start)]
    this.#context = context
  }

  /** Waits while other workers have ranges that may come back. Null if all are read, or if the export has ended. */
  next(): Promise<Taken | null> {
    const next = this.#asking.then(() => this.#next())
    this.#asking = next.catch(() => {})
    return next
  }

  async #next(): Promise<Taken | null> {
    const { board, name, signal, lookMs } = this.#context
    for (;;) {
      signal.throwIfAborted()
      const taken = this.#free.shift()
      if (taken !== undefined) {
        if (await board.claim(taken.claim, name)) return taken
        continue
      }
      if (!(await this.#look())) return null
      if (this.#free.length === 0) await sleep(lookMs, undefined, { signal })
    }
  }

  /** @returns false if there is nothing to wait for */
  async #look(): Promise<boolean> {
    const { finished, claims, hasFailed, isClosed } = await this.#context.board.look()
    if (hasFailed || isClosed) return false
    const open = this.#ranges.filter(({ number }) => !finished.has(number))
    this.#free = open.flatMap(range => {
      const latest = claims.get(range.number)
      if (latest?.isTaken) return []
      return { range, claim: { number: range.number, turn: (latest?.turn ?? 0) + 1 } }
    })
    return open.length > 0
  }
}
