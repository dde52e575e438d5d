import type { ResultPreview, Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { CSV, CsvReader, NO_FORMAT_CLAUSES, TypedRows, type Value } from '../format/index.ts'
import { givesRows, type Statement } from '../sql/index.ts'
import { queryRows, runStatement } from '../statements/run-statement.ts'

const UTF8 = { ...NO_FORMAT_CLAUSES, characterSet: 'utf8mb4' }

/** The values of a row by the names of the columns. */
export type Row = Record<string, Value>

/**
 * Runs a statement and yields its rows, several at a time. Those of a query come as they are read. Those of any other statement are kept
 * in memory first, and their values are text.
 *
 * @param mostHeld the maximum number of rows in memory
 * @throws TOO_MANY_ROWS if there are more; USAGE if two columns have one name; ROWS_MISSING; as `Session.stream`
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
  const { results } = await runStatement(session, statement, { keptRows: mostHeld })
  const [result] = results
  if (result !== undefined) yield heldRows(result)
}

async function* streamRows(
  statement: Statement,
  session: Session,
): AsyncGenerator<readonly Row[], void, void> {
  const { columns, blocks } = await queryRows(session, statement, { format: CSV.plan(UTF8) })
  const names = distinct(columns.map(({ name }) => Buffer.from(name).toString()))
  let rows: Row[] = []
  const reader = new CsvReader(new TypedRows(columns, values => rows.push(rowOf(names, values))))
  for await (const block of blocks) {
    reader.read(block.bytes)
    block.release()
    if (rows.length === 0) continue
    yield rows
    rows = []
  }
}

function heldRows({ columns, rows, rowCount }: ResultPreview): readonly Row[] {
  if (rowCount > rows.length) throw tooManyRows(rows.length)
  const names = distinct(columns)
  return rows.map(values => rowOf(names, values))
}

/** Every column becomes an own property of the row, even one named `__proto__`. */
const rowOf = (names: readonly string[], values: readonly Value[]): Row =>
  Object.fromEntries(names.map((name, index) => [name, values[index]]))

function distinct(names: readonly string[]): readonly string[] {
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice === undefined) return names
  throw new BatchQueryError(
    'USAGE',
    `two columns have the name ${JSON.stringify(twice)}, but a row has one value for each name`,
    {
      hint: 'Give each column its own name: SELECT a.id AS a_id, b.id AS b_id.',
    },
  )
}

export const tooManyRows = (most: number): BatchQueryError =>
  new BatchQueryError(
    'TOO_MANY_ROWS',
    `the statement returns more than ${most} rows, the maxRows that query may keep in memory`,
    {
      hint: 'Read them one by one with stream, write them to a store with export, or raise maxRows.',
    },
  )
