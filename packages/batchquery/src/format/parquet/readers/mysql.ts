import { isUnsigned, type TextWriter, textWriter } from '../../wire-text.ts'
import type { ParquetColumn } from '../type.ts'
import { CAST_TO_TEXT, type Refusal } from '../value-error.ts'
import { ambiguous, dateRefusal, daysOf, isDay, putTimestamp } from './dates.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

// The forms of MySQL's binary protocol: little-endian numbers, and the fields of dates and times. The readers say the same as those of text
// about their values (`isOneToOne`), so that a file does not depend on the protocol.
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html

/** The reader of a column in one of these forms. Null for another form, or if the values must go through text to become the type. */
export function mysqlReader(column: ParquetColumn): Reader | null {
  const { type, wire, source } = column
  const writer = textWriter(column)
  if (writer === null) return null
  if (type.kind === 'string') return textReader(writer)
  if (source !== undefined) return null
  const reader = nativeReader(column)
  return reader === null ? null : { ...reader, refusal: shownBy(writer, wire, reader.refusal) }
}

function nativeReader(column: ParquetColumn): Reader | null {
  const { type, wire, offsetAt } = column
  switch (wire) {
    case 'le8':
      return type.kind === 'int' && type.bits === 8 ? int32Reader(1, isUnsigned(column)) : null
    case 'le16':
      return type.kind === 'int' && type.bits === 16 ? int32Reader(2, isUnsigned(column)) : null
    case 'le32':
      if (type.kind !== 'int') return null
      return type.bits === 64 ? int64FromUnsigned() : int32Reader(4, false)
    case 'le64':
      if (type.kind === 'decimal') return type.precision === 20 ? decimalFromUnsigned() : null
      return type.kind === 'int' && type.bits === 64 ? copyReader(8) : null
    case 'leFloat':
      return type.kind === 'float' ? copyReader(4) : null
    case 'leDouble':
      return type.kind === 'double' ? copyReader(8) : null
    case 'leDate':
      if (type.kind === 'date') return dateReader()
      return type.kind === 'timestamp' ? timestampReader(type.utc, offsetAt) : null
    default:
      return null
  }
}

/** Adds the value, as the database prints it, to the reason of a refusal. */
function shownBy(writer: TextWriter, wire: string, refusal: Reader['refusal']): Reader['refusal'] {
  const text = Buffer.alloc(writer.mostBytes)
  return (source, start, end) => {
    const length = writer.write(source, start, end, text, 0)
    if (length >= 0) return { ...refusal(source, start, end), shown: text.toString('latin1', 0, length) }
    return wrongBytes(wire, source, start, end)
  }
}

const wrongBytes = (wire: string, source: Buffer, start: number, end: number): Refusal => ({
  why: `has ${end - start} bytes, which the wire form ${wire} cannot have`,
  shown: `0x${source.toString('hex', start, end)}`,
  hint: CAST_TO_TEXT,
})

const LENGTH_BYTES = 4

/** Any of these forms to the text that the database prints. */
function textReader({ mostBytes, write }: TextWriter): Reader {
  return {
    isCopy: false,
    isOneToOne: true,
    hasZeroDates: false,
    room: (_values, from, to) => (LENGTH_BYTES + mostBytes) * (to - from),
    read({ source, starts, ends }, from, to, out, view, first) {
      let at = first
      for (let k = from; k < to; k++) {
        const end = write(source, starts[k], ends[k], out, at + LENGTH_BYTES)
        if (end < 0) return refused(k)
        view.setInt32(at, end - at - LENGTH_BYTES, true)
        at = end
      }
      return at
    },
    refusal: (source, start, end) => wrongBytes('of its column', source, start, end),
  }
}

const noInteger: Reader['refusal'] = () => ({ why: 'is not a number of its type', hint: CAST_TO_TEXT })

/** An integer of up to 32 bits to INT32. */
function int32Reader(bytes: 1 | 2 | 4, unsigned: boolean): Reader {
  const shift = 32 - 8 * bytes
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      if (ends[k] - start !== bytes) return refused(k)
      const value =
        bytes === 4
          ? source.getInt32(start, true)
          : bytes === 2
            ? source.getUint16(start, true)
            : source.getUint8(start)
      view.setInt32(at, unsigned ? value : (value << shift) >> shift, true)
      at = (at + 4) | 0
    }
    return at
  }
  return fixedReader(4, read, noInteger)
}

/** INT UNSIGNED to INT64. */
function int64FromUnsigned(): Reader {
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      if (ends[k] - start !== 4) return refused(k)
      view.setInt32(at, source.getInt32(start, true), true)
      view.setInt32(at + 4, 0, true)
      at = (at + 8) | 0
    }
    return at
  }
  return fixedReader(8, read, noInteger)
}

/** BIGINT UNSIGNED to a decimal on 16 bytes, big-endian. */
function decimalFromUnsigned(): Reader {
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      if (ends[k] - start !== 8) return refused(k)
      view.setInt32(at, 0)
      view.setInt32(at + 4, 0)
      view.setInt32(at + 8, source.getInt32(start + 4, true))
      view.setInt32(at + 12, source.getInt32(start, true))
      at = (at + 16) | 0
    }
    return at
  }
  return fixedReader(16, read, noInteger)
}

/** BIGINT, FLOAT and DOUBLE, whose bytes are those of the file. */
function copyReader(bytes: 4 | 8): Reader {
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      if (ends[k] - start !== bytes) return refused(k)
      view.setInt32(at, source.getInt32(start, true), true)
      if (bytes === 8) view.setInt32(at + 4, source.getInt32(start + 4, true), true)
      at = (at + bytes) | 0
    }
    return at
  }
  return fixedReader(bytes, read, noInteger)
}

const DATE_BYTES = 4
const TIME_BYTES = 7
const MICROS_BYTES = 11
const NO_DAY = -0x80000000

/** The day since 1970 of the date at `start`, or NO_DAY. */
function dayAt(source: DataView, start: number): number {
  const year = source.getUint16(start, true)
  const month = source.getUint8(start + 2)
  const day = source.getUint8(start + 3)
  return isDay(year, month, day) ? daysOf(year, month, day) : NO_DAY
}

function dateReader(): Reader {
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      const day = ends[k] - start === DATE_BYTES ? dayAt(source, start) : NO_DAY
      if (day === NO_DAY) return refused(k)
      view.setInt32(at, day, true)
      at = (at + 4) | 0
    }
    return at
  }
  const refusal: Reader['refusal'] = () => dateRefusal('date', '')
  return fixedReader(4, read, refusal, { isOneToOne: true, hasZeroDates: 'binary' })
}

/** DATETIME and TIMESTAMP to TIMESTAMP in microseconds. */
function timestampReader(utc: boolean, offsetAt: ParquetColumn['offsetAt']): Reader {
  const zone = utc ? offsetAt : undefined
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      if (!readTimestamp(source, starts[k], ends[k], zone, view, at)) return refused(k)
      at = (at + 8) | 0
    }
    return at
  }
  const isTime = (source: Buffer, start: number, end: number): boolean => {
    const view = new DataView(source.buffer, source.byteOffset, source.length)
    return readTimestamp(view, start, end, undefined, new DataView(new ArrayBuffer(8)), 0)
  }
  const refusal: Reader['refusal'] = (...place) =>
    ambiguous(dateRefusal('timestamp', ''), zone !== undefined && isTime(...place))
  return fixedReader(8, read, refusal, { isOneToOne: !utc, hasZeroDates: 'binary' })
}

/** Returns false if the bytes are not a time, or if the zone has no such time, or has it twice. */
function readTimestamp(
  source: DataView,
  start: number,
  end: number,
  offsetAt: ParquetColumn['offsetAt'],
  out: DataView,
  at: number,
): boolean {
  const bytes = end - start
  if (bytes !== DATE_BYTES && bytes !== TIME_BYTES && bytes !== MICROS_BYTES) return false
  const day = dayAt(source, start)
  if (day === NO_DAY) return false
  let seconds = 0 | 0
  let micros = 0 | 0
  if (bytes >= TIME_BYTES) {
    const hour = source.getUint8(start + 4)
    const minute = source.getUint8(start + 5)
    const second = source.getUint8(start + 6)
    if (hour > 23 || minute > 59 || second > 59) return false
    seconds = (hour * 3600 + minute * 60 + second) | 0
    if (bytes === MICROS_BYTES) micros = source.getInt32(start + 7, true)
    if (micros >>> 0 > 999_999) return false
  }
  return putTimestamp(day, seconds, micros, offsetAt, out, at)
}
