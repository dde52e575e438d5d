import { type BlockWriter, put, type RowEncoder } from '../../format/index.ts'
import { lengthEncodedSize, NULL_MARK, readLengthEncoded } from './length-encoded.ts'
import { malformedRow } from './protocol-error.ts'

/**
 * Writes a row that lies whole in `packet` from `start` to `end`, the encoded row being small enough for
 * `BlockWriter.reserve`. Nothing is allocated here: this runs once a row.
 *
 * @returns false where the writer has no buffer free; then nothing is written
 */
export function writeWholeRow(
  writer: BlockWriter,
  encoder: RowEncoder,
  packet: Buffer,
  start: number,
  end: number,
): boolean {
  if (!writer.reserve(encoder.growth * (end - start) + encoder.overheadPerRow)) return false
  const { columns, separator, nullWord } = encoder
  const out = writer.buffer
  let at = put(encoder.rowStart, out, writer.at)
  let from = start
  for (let index = 0; index < columns.length; index++) {
    if (index > 0) at = put(separator, out, at)
    let length = packet[from]
    if (length === NULL_MARK) {
      at = put(nullWord, out, at)
      from++
      continue
    }
    if (length < NULL_MARK) from++
    else {
      if (from + lengthEncodedSize(length) > end) throw malformedRow(index)
      length = readLengthEncoded(packet, from)
      from += lengthEncodedSize(packet[from])
    }
    const valueEnd = from + length
    if (!(valueEnd <= end)) throw malformedRow(index)
    at = columns[index].write(packet, from, valueEnd, out, at)
    from = valueEnd
  }
  if (from !== end) throw malformedRow(columns.length)
  writer.at = put(encoder.rowEnd, out, at)
  writer.endRow()
  return true
}
