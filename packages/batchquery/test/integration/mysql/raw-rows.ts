import type { Connection } from 'mysql2'
import { PacketReader } from '../../../src/database/mysql/packet-reader.ts'
import { encodeResult, resultColumns } from '../../../src/database/mysql/result-encoding.ts'
import {
  type ResultEnd,
  type ResultHandler,
  ResultReader,
  type RowProtocol,
} from '../../../src/database/mysql/result-reader.ts'
import { sendRaw, wireOf } from '../../../src/database/mysql/wire.ts'
import { BlockPool, type Encoder, type ExactColumn, type TypedColumn } from '../../../src/format/index.ts'
import { streamOptions } from '../../setup/stream-options.ts'
import { commandFor } from './recorded-answer.ts'

/* Typed rows by either protocol, whichever a session would choose. */

type Definitions = Parameters<ResultHandler['columnsAnnounced']>[0]

const typedColumns = (definitions: Definitions, protocol: RowProtocol): readonly TypedColumn[] =>
  resultColumns(definitions, streamOptions({ format: 'PARQUET' }).format, {
    bitKind: 'number',
    backslashEscapes: true,
    offsetAt: () => 0,
    textReason: protocol === 'text' ? '' : null,
  })

/** Reads an answer into a Parquet file. */
export class FileReading implements ResultHandler {
  readonly reader: PacketReader
  readonly result: ResultReader
  readonly #protocol: RowProtocol
  readonly #blocks: Buffer[] = []
  columns: readonly TypedColumn[] = []
  ending: ResultEnd | null = null
  #encoder: Encoder | null = null

  constructor(extendedMetadata: boolean, protocol: RowProtocol = 'text') {
    this.#protocol = protocol
    this.result = new ResultReader(this, extendedMetadata, protocol)
    this.reader = new PacketReader(this.result)
  }

  columnsAnnounced(definitions: Definitions): Encoder {
    this.columns = typedColumns(definitions, this.#protocol)
    const options = streamOptions({ format: 'PARQUET', pool: new BlockPool(64 * 1024, 100) })
    const rules = { bitKind: 'number', backslashEscapes: true } as const
    const encoder = encodeResult(this.columns, options, rules, block => {
      this.#blocks.push(Buffer.from(block.bytes))
      block.release()
    })
    this.#encoder = encoder
    return encoder
  }

  ended(end: ResultEnd): void {
    this.ending = end
  }

  take(...chunks: Buffer[]): void {
    for (const chunk of chunks) this.reader.consume(chunk, 0)
  }

  async file(): Promise<Buffer> {
    await this.#encoder?.finish()
    return Buffer.concat(this.#blocks)
  }
}

/** Runs a query on an idle connection and feeds its answer to a reading. */
async function read(connection: Connection, sql: string, protocol: RowProtocol, reading: Reading) {
  const command = await commandFor(connection, sql, protocol)
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      try {
        reading.take(chunk)
      } catch (error) {
        reject(error)
      }
      if (reading.ending === null) return
      answer.release()
      resolve()
    }
    const answer = sendRaw(connection, command, { execute: take }, reject)
  })
  if (reading.ending?.kind !== 'whole') throw new Error(`the answer to ${sql} is not whole`)
}

type Reading = Pick<FileReading, 'take' | 'ending'>

/** The file of a query's result. */
export async function fileBy(connection: Connection, sql: string, protocol: RowProtocol): Promise<Buffer> {
  const reading = new FileReading(wireOf(connection)._mariadbExtendedMetadata, protocol)
  await read(connection, sql, protocol, reading)
  return reading.file()
}

export interface RawRows {
  readonly columns: readonly (ExactColumn & { readonly name: string })[]
  /** Null for NULL. */
  readonly rows: readonly (readonly (Buffer | null)[])[]
}

/** The values of a query's result as they arrive. */
export async function rawRowsBy(
  connection: Connection,
  sql: string,
  protocol: RowProtocol,
): Promise<RawRows> {
  const reading = new RawReading(wireOf(connection)._mariadbExtendedMetadata, protocol)
  await read(connection, sql, protocol, reading)
  return reading
}

class RawReading implements ResultHandler, RawRows {
  columns: RawRows['columns'] = []
  readonly rows: (Buffer | null)[][] = []
  ending: ResultEnd | null = null
  readonly #protocol: RowProtocol
  readonly #reader: PacketReader

  constructor(extendedMetadata: boolean, protocol: RowProtocol) {
    this.#protocol = protocol
    this.#reader = new PacketReader(new ResultReader(this, extendedMetadata, protocol))
  }

  columnsAnnounced(definitions: Definitions): Encoder {
    this.columns = typedColumns(definitions, this.#protocol).map(({ name, exact }) => {
      if (exact === undefined) throw new Error('the column has no exact type')
      return { ...exact, name: Buffer.from(name).toString() }
    })
    return new Collector(this.columns.length, this.rows)
  }

  ended(end: ResultEnd): void {
    this.ending = end
  }

  take(...chunks: Buffer[]): void {
    for (const chunk of chunks) this.#reader.consume(chunk, 0)
  }
}

/** Keeps the values of whole rows. */
class Collector implements Encoder {
  readonly partStart = new Uint8Array()
  readonly mostRowBytes = 0xffffff
  readonly mostPieceBytes = 0xffffff
  readonly inline = null
  readonly invalidDates = []
  readonly #columns: number
  readonly #rows: (Buffer | null)[][]

  constructor(columns: number, rows: (Buffer | null)[][]) {
    this.#columns = columns
    this.#rows = rows
  }

  rows(source: Buffer, places: Int32Array, count: number): number {
    for (let row = 0; row < count; row++) {
      const values = Array.from({ length: this.#columns }, (_, column) => {
        const at = 2 * (row * this.#columns + column)
        return places[at] < 0 ? null : Buffer.from(source.subarray(places[at], places[at + 1]))
      })
      this.#rows.push(values)
    }
    return count
  }

  startRow(): never {
    throw new Error('the row is too long')
  }
  piece(): never {
    return this.startRow()
  }
  nullValue(): never {
    return this.startRow()
  }
  endRow(): never {
    return this.startRow()
  }
  async whenReady(): Promise<void> {}
  async endPart(): Promise<void> {}
  async finish(): Promise<void> {}
  discard(): void {}
}
