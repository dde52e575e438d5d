import { BatchQueryError } from '../../errors/index.ts'
import type { RowReader } from '../../format/index.ts'

/** The most bytes that are read for the first rows, after decompression. */
export const MOST_BYTES = 64 * 1024 * 1024
const BOM = Buffer.from('\ufeff')

/**
 * Reads the first rows of a file, and no more bytes than they need. A row that is not complete is read again only when there are twice as
 * many bytes, so the time is linear.
 *
 * @param chunks the bytes of the file, in order
 * @throws VERIFICATION as the reader; USAGE if the rows have too many bytes
 */
export async function takeRows<Row>(
  chunks: AsyncIterable<Uint8Array>,
  reader: RowReader<Row>,
  count: number,
): Promise<Row[]> {
  const rows: Row[] = []
  const waiting: Uint8Array[] = []
  let rest: Buffer = Buffer.alloc(0)
  let waitingBytes = 0
  let total = 0
  let isStart = true
  const read = (isEnd: boolean): boolean => {
    rest = Buffer.concat([rest, ...waiting.splice(0)])
    waitingBytes = 0
    let at = isStart && isBom(rest) ? BOM.length : 0
    if (rest.length >= BOM.length) isStart = false
    while (rows.length < count && at < rest.length) {
      const found = reader.next(rest, at, isEnd)
      if (found === null) break
      rows.push(found.row)
      at = found.end
    }
    rest = rest.subarray(at)
    return rows.length >= count
  }
  for await (const chunk of chunks) {
    total += chunk.length
    if (total > MOST_BYTES) throw tooMany(rows.length)
    waiting.push(chunk)
    waitingBytes += chunk.length
    if (waitingBytes >= rest.length && read(false)) return rows
  }
  read(true)
  return rows
}

const isBom = (bytes: Buffer): boolean => bytes.subarray(0, BOM.length).equals(BOM)

const tooMany = (rows: number): BatchQueryError =>
  new BatchQueryError(
    'USAGE',
    `the first ${rows + 1} rows have more than ${MOST_BYTES / 1024 / 1024} MiB, and head reads no more`,
    { hint: 'Ask for fewer rows with -n, or download the result with `batchquery get`.' },
  )
