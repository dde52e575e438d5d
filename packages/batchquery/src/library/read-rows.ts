import type { ResultPreview, Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { refuseMissingRows } from '../export/index.ts'
import { BlockPool, CSV, CsvReader, NO_FORMAT_CLAUSES, TypedRows, type Value } from '../format/index.ts'
import { givesRows, type Statement } from '../sql/index.ts'

/** A row: its values by the names of the columns. */
export type Row = Record<string, Value>

const BLOCK_BYTES = 64 * 1024
const BLOCKS = 4

/**
 * Runs a statement and yields its rows, some at a time. The rows of a query come as they are read; the rows of any other
 * statement are held, and their values are text.
 *
 * @param mostHeld how many rows of such an answer
 * @throws TOO_MANY_ROWS if it has more; USAGE if two columns have one name; ROWS_MISSING; as `Session.stream`
 */
export async function* readRows(
  statement: Statement,
  session: Session,
  mostHeld: number,
): AsyncGenerator<readonly Row[], void, void> {
  if (givesRows(statement, session.dialect)) {
    yield* streamRows(statement, session)
    return
  }
  const { results, warnings } = await session.execute(statement.text, mostHeld)
  refuseMissingRows(warnings)
  const [result] = results
  if (result !== undefined) yield heldRows(result)
}

async function* streamRows(
  { text }: Statement,
  session: Session,
): AsyncGenerator<readonly Row[], void, void> {
  const stream = await session.stream(text, {
    format: CSV.plan({ ...NO_FORMAT_CLAUSES, characterSet: 'utf8mb4' }),
    pool: new BlockPool(BLOCK_BYTES, BLOCKS),
    maxPartBytes: Number.MAX_SAFE_INTEGER,
  })
  const names = distinct(stream.columns.map(({ name }) => Buffer.from(name).toString()))
  let rows: Row[] = []
  const reader = new CsvReader(new TypedRows(stream.columns, values => rows.push(rowOf(names, values))))
  for await (const block of stream) {
    reader.read(block.bytes)
    block.release()
    if (rows.length === 0) continue
    yield rows
    rows = []
  }
  refuseMissingRows(stream.warnings)
}

function heldRows({ columns, rows, rowCount }: ResultPreview): readonly Row[] {
  if (rowCount > rows.length) throw tooManyRows(rows.length)
  const names = distinct(columns)
  return rows.map(values => rowOf(names, values))
}

/** Every name of a column, `__proto__` too, becomes a property of the row's own. */
const rowOf = (names: readonly string[], values: readonly Value[]): Row =>
  Object.fromEntries(names.map((name, index) => [name, values[index]]))

function distinct(names: readonly string[]): readonly string[] {
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice === undefined) return names
  throw new BatchQueryError(
    'USAGE',
    `two columns are called ${JSON.stringify(twice)}, and a row has one value of a name`,
    {
      hint: 'Give each column a name of its own: SELECT a.id AS a_id, b.id AS b_id.',
    },
  )
}

export const tooManyRows = (most: number): BatchQueryError =>
  new BatchQueryError(
    'TOO_MANY_ROWS',
    `the statement gives more than ${most} rows, and query holds them all`,
    {
      hint: 'Read them one by one with stream, write them to a store with export, or raise maxRows.',
    },
  )
