import { isFinal, type OpenLog } from '../../run/index.ts'
import type { DownloadDocument, LogDocument, LogMatch, LogMatchesDocument } from '../documents.ts'
import type { Console } from './open-console.ts'

/** For each request of a search. */
const SEARCHED_BYTES = 16 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024
const MOST_MATCHES = 500
const LONGEST_LINE = 500
const LINE_FEED = 10

export interface LogRequest {
  /** Null for the latest attempt that has a log. */
  readonly attempt: number | null
  /** A position. Null for the last piece. */
  readonly from: number | null
  /** The most bytes. */
  readonly bytes: number
  /** Whether the piece begins with the first line after `from`. */
  readonly seeks: boolean
}

/** A piece of a log that ends between lines. @throws RUN_NOT_FOUND, USAGE; the store's errors */
export async function logDocument(
  id: string,
  { attempt, from, bytes, seeks }: LogRequest,
  { home, records, commands }: Console,
): Promise<LogDocument> {
  // The record comes first: if it has ended, the log is complete.
  const record = await records.read(id)
  const log = await home.runs.openLog(record, attempt)
  const isComplete = isFinal(record.state) || log.attempt < record.attempt
  const start = Math.min(from ?? Math.max(0, log.bytes - bytes), log.bytes)
  const end = Math.min(start + bytes, log.bytes)
  const line = seeks || from === null ? await lineAfter(log, start, end) : start
  const piece = await wholeLines(log, line, end, isComplete)
  return {
    attempts: log.attempts,
    attempt: log.attempt,
    from: piece.from,
    to: piece.from + piece.bytes.length,
    bytes: log.bytes,
    text: piece.bytes.toString(),
    layout: log.layout,
    isComplete,
    command: commands.of('logs', id, ...(log.attempts.length > 1 ? ['--attempt', String(log.attempt)] : [])),
  }
}

/** The position of the first line that begins between two positions; the first position if no line does. */
async function lineAfter(log: OpenLog, from: number, to: number): Promise<number> {
  if (from === 0) return from
  // The byte before shows whether a line begins here.
  const feed = (await log.read(from - 1, to)).indexOf(LINE_FEED)
  return feed === -1 || from + feed === to ? from : from + feed
}

/** Leaves out a line that goes on after the piece, unless there is nothing else. */
async function wholeLines(log: OpenLog, from: number, to: number, isComplete: boolean) {
  const read = await log.read(from, to)
  const last = read.lastIndexOf(LINE_FEED) + 1
  const isEnd = to === log.bytes && isComplete
  // A piece that is full has a line that is too long for it. At the end of a log, the line may still grow.
  const end = isEnd || (last === 0 && to < log.bytes) ? read.length : last
  return { from, bytes: read.subarray(0, end) }
}

/** Searches the lines of a log for a text, without regard to case. It stops after 16 MiB. */
export async function logMatches(
  id: string,
  { attempt, text, from }: { readonly attempt: number | null; readonly text: string; readonly from: number },
  { home, records }: Console,
): Promise<LogMatchesDocument> {
  const log = await home.runs.openLog(await records.read(id), attempt)
  const wanted = text.toLowerCase()
  const matches: LogMatch[] = []
  const end = Math.min(log.bytes, from + SEARCHED_BYTES)
  let at = from
  while (at < end && matches.length < MOST_MATCHES) {
    const chunk = await log.read(at, Math.min(at + CHUNK_BYTES, log.bytes))
    const last = chunk.lastIndexOf(LINE_FEED) + 1
    const lines = chunk.subarray(0, last === 0 || at + chunk.length >= log.bytes ? chunk.length : last)
    if (lines.length === 0) break
    matches.push(...matchesIn(lines, at, wanted, MOST_MATCHES - matches.length))
    at = matches.length === MOST_MATCHES ? afterLine(lines, at, matches) : at + lines.length
  }
  return { matches, next: at < log.bytes ? at : null, layout: log.layout }
}

function matchesIn(lines: Buffer, position: number, wanted: string, most: number): LogMatch[] {
  const matches: LogMatch[] = []
  for (let start = 0; start < lines.length && matches.length < most; ) {
    const feed = lines.indexOf(LINE_FEED, start)
    const end = feed === -1 ? lines.length : feed
    const line = lines.toString('utf8', start, end)
    if (line.toLowerCase().includes(wanted))
      matches.push({ from: position + start, line: line.slice(0, LONGEST_LINE) })
    start = end + 1
  }
  return matches
}

/** The position after the line of the last match. */
function afterLine(lines: Buffer, position: number, matches: readonly LogMatch[]): number {
  const feed = lines.indexOf(LINE_FEED, (matches.at(-1)?.from ?? position) - position)
  return position + (feed === -1 ? lines.length : feed + 1)
}

/** Offers the whole log of an attempt. */
export async function logDownload(
  id: string,
  attempt: number | null,
  { home, records, downloads }: Console,
): Promise<DownloadDocument> {
  const log = await home.runs.openLog(await records.read(id), attempt)
  return downloads.offer({
    name: `${id}-${log.attempt}.log`,
    type: 'text/plain; charset=utf-8',
    bytes: log.bytes,
    open: async function* () {
      for (let at = 0; at < log.bytes; at += CHUNK_BYTES)
        yield await log.read(at, Math.min(at + CHUNK_BYTES, log.bytes))
    },
  })
}
