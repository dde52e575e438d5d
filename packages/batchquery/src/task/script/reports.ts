import type { Duplex } from 'node:stream'
import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'

/** Bytes, without the line feed. */
export const LONGEST_REPORT = 64 * 1024

const LINE_FEED = 0x0a

/** Takes the value of a report. The result goes into the answer if the script wants one. */
export type ReportHandler = (value: unknown) => Promise<Readonly<Record<string, unknown>>>

/** The names of the reports, `progress` and `output`, and the function that takes each. */
export type ReportHandlers = ReadonlyMap<string, ReportHandler>

/**
 * Reads the reports of a script line by line and replies to each one with an `id`. If a line cannot be read or its handler refuses it, the error
 * goes into the reply, or becomes a warning without an `id`. No report ends the script.
 *
 * @returns when the script's side is closed
 */
export async function readReports(
  stream: Duplex,
  handlers: ReportHandlers,
  warn: (text: string) => void,
): Promise<void> {
  // A script may end without reading its answers.
  stream.on('error', () => {})
  try {
    for await (const line of reportLines(stream)) await takeLine(line, stream, handlers, warn)
  } catch {
    // The pipe broke: the script has ended.
  } finally {
    stream.destroy()
  }
}

/** Null for a line that is too long. */
async function* reportLines(stream: AsyncIterable<unknown>): AsyncIterable<Buffer | null> {
  let rest: Buffer = Buffer.alloc(0)
  let isTooLong = false
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(LINE_FEED); end !== -1; end = rest.indexOf(LINE_FEED)) {
      yield isTooLong || end > LONGEST_REPORT ? null : rest.subarray(0, end)
      isTooLong = false
      rest = rest.subarray(end + 1)
    }
    if (rest.length <= LONGEST_REPORT) continue
    isTooLong = true
    rest = Buffer.alloc(0)
  }
  if (rest.length > 0 || isTooLong) yield isTooLong ? null : rest
}

async function takeLine(
  line: Buffer | null,
  stream: Duplex,
  handlers: ReportHandlers,
  warn: (text: string) => void,
): Promise<void> {
  let id: unknown
  try {
    if (line === null) throw malformed(`it has more than ${LONGEST_REPORT} bytes`)
    const report = parseReport(line)
    id = report.id
    const result = await handle(report, handlers)
    if (id !== undefined) await answer(stream, { id, ok: true, ...result })
  } catch (thrown) {
    const { code, message, hint } = BatchQueryError.from(thrown)
    if (id === undefined) warn(`ignored a report of the script: ${message}`)
    else await answer(stream, { id, error: { code, message, hint } })
  }
}

type Report = Readonly<Record<string, unknown>>

function parseReport(line: Buffer): Report {
  const text = line.toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed(`${quoted(text)} is not JSON`)
  }
  if (!isReport(value)) throw malformed(`${quoted(text)} is not an object`)
  return value
}

const isReport = (value: unknown): value is Report =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

async function handle({ id: _, ...said }: Report, handlers: ReportHandlers): Promise<Report> {
  const [entry, ...more] = Object.entries(said)
  if (entry === undefined || more.length > 0)
    throw malformed('it must have one name and value, and may have an id')
  const [name, value] = entry
  const handler = handlers.get(name)
  if (handler === undefined) throw malformed(`it has the unknown name ${quoted(name)}`)
  return handler(value)
}

function answer(stream: Duplex, document: Report): Promise<void> {
  return new Promise(resolve => stream.write(`${JSON.stringify(document)}\n`, () => resolve()))
}

const malformed = (why: string): BatchQueryError =>
  new BatchQueryError('USAGE', `the report is malformed: ${why}`, {
    hint: 'Write each report as one JSON object on a line, as docs/scripts.md describes it.',
  })
