import type { ExactColumn, ExactType } from '../exact-column.ts'
import type { Reader } from '../parquet/readers/reader.ts'
import { readerFor } from '../parquet/readers/reader-for.ts'
import { leafOf } from '../parquet/type.ts'
import { Values } from '../parquet/values.ts'
import type { Escape } from '../rows/row-form.ts'
import { clock, day, decimal, finite, moment, shortestFloat } from '../value-texts.ts'
import { asBuffer } from './text.ts'

/** Before the bytes of a string in Parquet's PLAIN form. */
const LENGTH_BYTES = 4
const SLACK = 8

/** Reads a value as the type that TYPES asks for, and writes its canonical form. */
export class RequestedValues {
  readonly #reader: Reader
  readonly #values = new Values()
  #memory = Buffer.alloc(0)
  #view = new DataView(new ArrayBuffer(0))

  /** @throws INTERNAL if no reader exists for the type and the wire form */
  constructor(name: string, exact: ExactColumn) {
    this.#reader = readerFor(leafOf({ name, ...exact }))
  }

  get refusal(): Reader['refusal'] {
    return this.#reader.refusal
  }

  /** Writes what `write` makes of the value in Parquet's PLAIN form. */
  through(write: (plain: Buffer, view: DataView, out: Uint8Array, at: number) => number): Escape {
    return (source, start, end, out, at) => {
      const length = this.#read(asBuffer(source), start, end)
      return length < 0 ? -1 : write(this.#memory.subarray(0, length), this.#view, out, at)
    }
  }

  /** Passes the bytes of a string, or of bytes, to `content`. */
  bytesThrough(content: Escape): Escape {
    return this.through((plain, _view, out, at) => content(plain, LENGTH_BYTES, plain.length, out, at))
  }

  #read(source: Buffer, start: number, end: number): number {
    const values = this.#values
    values.single(source, start, end)
    const room = this.#reader.room(values, 0, 1) + SLACK
    if (this.#memory.length < room) {
      this.#memory = Buffer.allocUnsafeSlow(2 * room)
      this.#view = new DataView(this.#memory.buffer)
    }
    return this.#reader.read(values, 0, 1, this.#memory, this.#view, 0)
  }
}

type Text = (plain: Buffer, view: DataView) => string | null

/** How a value in Parquet's PLAIN form is written, for types whose values have a canonical text. Null if JSON has no such number. */
export function canonicalText(type: ExactType): Text {
  switch (type.kind) {
    case 'bool':
      return plain => String(plain[0] === 1)
    case 'int':
      if (type.bits < 64)
        return (_, view) => String(type.signed ? view.getInt32(0, true) : view.getUint32(0, true))
      return (_, view) => String(type.signed ? view.getBigInt64(0, true) : view.getBigUint64(0, true))
    case 'float':
      return (_, view) => shortestFloat(view.getFloat32(0, true))
    case 'double':
      return (_, view) => finite(view.getFloat64(0, true))
    case 'decimal':
      return plain => decimal(unscaled(plain), type.scale)
    case 'date':
      return (_, view) => day(BigInt(view.getInt32(0, true)))
    case 'time':
      return (_, view) => clock(view.getBigInt64(0, true))
    case 'timestamp':
      return (_, view) => moment(view.getBigInt64(0, true), type.utc)
    case 'uuid':
      return plain => plain.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    default:
      return () => null
  }
}

/** Little-endian in 4 or 8 bytes, big-endian in more. */
function unscaled(plain: Buffer): bigint {
  if (plain.length === 4) return BigInt(plain.readInt32LE())
  if (plain.length === 8) return plain.readBigInt64LE()
  return BigInt.asIntN(8 * plain.length, BigInt(`0x${plain.toString('hex')}`))
}
