/** The numbers of Thrift's compact protocol. */
export const THRIFT = {
  TRUE: 1,
  FALSE: 2,
  BYTE: 3,
  I32: 5,
  I64: 6,
  DOUBLE: 7,
  BINARY: 8,
  LIST: 9,
  STRUCT: 12,
} as const

const LONGEST_VARINT = 10

/**
 * Writes Thrift's compact protocol, as far as Parquet uses it.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export class ThriftWriter {
  #bytes: Buffer
  #at = 0
  #lastField = 0
  readonly #outer: number[] = []

  constructor(firstBytes = 256) {
    this.#bytes = Buffer.allocUnsafeSlow(firstBytes)
  }

  /** The bytes so far, valid until the next write. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  get length(): number {
    return this.#at
  }

  reset(): void {
    this.#at = 0
    this.#lastField = 0
    this.#outer.length = 0
  }

  i32(field: number, value: number): void {
    this.#field(field, THRIFT.I32)
    this.integer(value)
  }

  i64(field: number, value: number): void {
    this.#field(field, THRIFT.I64)
    this.integer(value)
  }

  i8(field: number, value: number): void {
    this.#field(field, THRIFT.BYTE)
    this.byte(value)
  }

  bool(field: number, value: boolean): void {
    this.#field(field, value ? THRIFT.TRUE : THRIFT.FALSE)
  }

  binary(field: number, value: Uint8Array | string): void {
    this.#field(field, THRIFT.BINARY)
    this.bytes(value)
  }

  /** Begins a struct that is a field, or an element of a list if there is no field. */
  begin(field?: number): void {
    if (field !== undefined) this.#field(field, THRIFT.STRUCT)
    this.#outer.push(this.#lastField)
    this.#lastField = 0
  }

  end(): void {
    this.byte(0)
    this.#lastField = this.#outer.pop() ?? 0
  }

  /** A struct that is written already, with its end. */
  struct(field: number, written: Uint8Array): void {
    this.#field(field, THRIFT.STRUCT)
    this.raw(written)
  }

  /** A value that is written already. */
  value(field: number, type: number, written: Uint8Array): void {
    this.#field(field, type)
    this.raw(written)
  }

  /** An empty struct. */
  empty(field: number): void {
    this.begin(field)
    this.end()
  }

  /** Begins a list; its `count` elements follow. */
  list(field: number, type: number, count: number): void {
    this.#field(field, THRIFT.LIST)
    if (count < 15) this.byte((count << 4) | type)
    else {
      this.byte(0xf0 | type)
      this.#varint(count)
    }
  }

  // Elements of lists have no field.

  integer(value: number): void {
    this.#varint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  bytes(value: Uint8Array | string): void {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    this.#varint(bytes.length)
    this.raw(bytes)
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#at++] = value
  }

  /** Bytes that are the compact protocol already. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #field(field: number, type: number): void {
    const step = field - this.#lastField
    if (step > 0 && step < 16) this.byte((step << 4) | type)
    else {
      this.byte(type)
      this.integer(field)
    }
    this.#lastField = field
  }

  #varint(value: number): void {
    this.#room(LONGEST_VARINT)
    let rest = value
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#at++] = rest
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + count))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
