import { BatchQueryError } from '../../errors/index.ts'
import { CsvReader, JsonLines, type TypedColumn } from '../../format/index.ts'
import type { RowPrinter } from './print-formats.ts'

const NOTHING = new Uint8Array()

/** Prints JSON Lines: one object for each row. */
export class JsonPrinter implements RowPrinter {
  readonly takes = 'CSV'
  #lines = new JsonLines([])
  #reader = new CsvReader(this.#lines)

  /** @throws USAGE if two columns have one name, because an object would lose one of them */
  begin(columns: readonly TypedColumn[]): Uint8Array {
    refuseEqualNames(columns.map(({ name }) => Buffer.from(name).toString()))
    this.#lines = new JsonLines(columns)
    this.#reader = new CsvReader(this.#lines)
    return NOTHING
  }

  rows(bytes: Uint8Array): Uint8Array {
    this.#reader.read(bytes)
    return this.#lines.out.take()
  }

  end(): Uint8Array {
    return NOTHING
  }
}

function refuseEqualNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice === undefined) return
  throw new BatchQueryError('USAGE', `two columns are called ${JSON.stringify(twice)}, and JSON takes one`, {
    hint: 'Give each column a name of its own: SELECT a.id AS a_id, b.id AS b_id.',
  })
}
