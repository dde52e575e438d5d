import { BatchQueryError } from '../../errors/index.ts'
import { THRIFT } from './thrift.ts'

const DEEPEST = 16

/** A field's value. An integer of 64 bits is a number, which is exact for sizes and counts. */
export type ThriftValue = number | boolean | Buffer | ThriftStruct | readonly ThriftValue[]

export const invalid = (what: string): BatchQueryError =>
  new BatchQueryError('VERIFICATION', `the Parquet file is invalid: ${what}`)

/** A struct by the numbers of its fields. */
export class ThriftStruct {
  readonly #fields = new Map<number, ThriftValue>()

  set(field: number, value: ThriftValue): void {
    this.#fields.set(field, value)
  }

  has(field: number): boolean {
    return this.#fields.has(field)
  }

  /** The numbers of the fields that there are. */
  get fields(): readonly number[] {
    return [...this.#fields.keys()]
  }

  /** @throws VERIFICATION if there is no such number */
  number(field: number): number {
    const value = this.#fields.get(field)
    if (typeof value !== 'number') throw invalid(`field ${field} is not a number`)
    return value
  }

  bytes(field: number): Buffer {
    const value = this.#fields.get(field)
    if (!Buffer.isBuffer(value)) throw invalid(`field ${field} is not text`)
    return value
  }

  text(field: number): string {
    return this.bytes(field).toString()
  }

  struct(field: number): ThriftStruct {
    const value = this.#fields.get(field)
    if (!(value instanceof ThriftStruct)) throw invalid(`field ${field} is not a struct`)
    return value
  }

  boolean(field: number): boolean {
    return this.#fields.get(field) === true
  }

  structs(field: number): readonly ThriftStruct[] {
    const value = this.#fields.get(field)
    if (!Array.isArray(value)) throw invalid(`field ${field} is not a list`)
    return value.map(element => {
      if (!(element instanceof ThriftStruct)) throw invalid(`field ${field} is not a list of structs`)
      return element
    })
  }
}

/** Takes the structs of a list one by one, so that they need not be in memory together. */
export type StructTaker = (struct: ThriftStruct) => void

/** Whether the type of a field is its value. */
const isBoolean = (type: number): boolean => type === THRIFT.TRUE || type === THRIFT.FALSE

const NO_TAKERS: ReadonlyMap<number, StructTaker> = new Map()

/** Reads Thrift's compact protocol. Each method throws VERIFICATION for bytes that are not. */
export class ThriftReader {
  at: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.at = at
  }

  /** @param takers for lists of structs, by their fields. Such a list is empty in the result. */
  struct(depth = 0, takers = NO_TAKERS): ThriftStruct {
    if (depth > DEEPEST) throw invalid('its metadata is nested too deeply')
    const struct = new ThriftStruct()
    this.fields((field, type) => {
      const taker = takers.get(field)
      if (taker !== undefined && type === THRIFT.LIST) this.#takeStructs(taker, depth)
      else struct.set(field, isBoolean(type) ? type === THRIFT.TRUE : this.#value(type, depth))
    })
    return struct
  }

  /**
   * Reads a struct field by field.
   *
   * @param take is called when the value of a field is next. It reads the whole value, or nothing: then the value is skipped
   */
  fields(take: (field: number, type: number) => void): void {
    let field = 0
    for (;;) {
      const header = this.#byte()
      if (header === 0) return
      const step = header >> 4
      field = step === 0 ? this.integer() : field + step
      const type = header & 15
      const start = this.at
      take(field, type)
      if (this.at === start) this.skip(type)
    }
  }

  /** Skips the value of a field. */
  skip(type: number): void {
    if (!isBoolean(type)) this.#value(type, 0)
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case THRIFT.TRUE:
      case THRIFT.FALSE:
        return this.#byte() === THRIFT.TRUE
      case THRIFT.BYTE:
        return (this.#byte() << 24) >> 24
      case 4:
      case THRIFT.I32:
      case THRIFT.I64:
        return this.integer()
      case THRIFT.DOUBLE:
        this.#room(8)
        this.at += 8
        return this.#bytes.readDoubleLE(this.at - 8)
      case THRIFT.BINARY: {
        const length = this.#varint()
        this.#room(length)
        this.at += length
        return this.#bytes.subarray(this.at - length, this.at)
      }
      case THRIFT.LIST:
      case 10:
        return this.#list(depth)
      case THRIFT.STRUCT:
        return this.struct(depth + 1)
      default:
        throw invalid(`its metadata has a value of type ${type}`)
    }
  }

  #list(depth: number): readonly ThriftValue[] {
    const { type, count } = this.listHeader()
    return Array.from({ length: count }, () => this.#value(type, depth + 1))
  }

  #takeStructs(taker: StructTaker, depth: number): void {
    const { type, count } = this.listHeader()
    if (type !== THRIFT.STRUCT) throw invalid(`its metadata has a list of type ${type} instead of structs`)
    for (let k = 0; k < count; k++) taker(this.struct(depth + 1))
  }

  listHeader(): { readonly type: number; readonly count: number } {
    const header = this.#byte()
    const count = header >> 4 === 15 ? this.#varint() : header >> 4
    // Each element has at least a byte.
    this.#room(count)
    return { type: header & 15, count }
  }

  integer(): number {
    const value = this.#varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  #varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte()
      value += (byte & 127) * factor
      if (byte < 128) return value
      if (factor > 2 ** 63) throw invalid('a number of its metadata has no end')
    }
  }

  #byte(): number {
    this.#room(1)
    return this.#bytes[this.at++]
  }

  #room(count: number): void {
    if (this.at + count > this.#bytes.length) throw invalid('its metadata ends too early')
  }
}
