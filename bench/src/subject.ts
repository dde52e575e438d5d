import type { Sizes } from './sizes.ts'

export type Dialect = 'mysql' | 'postgres' | 'duckdb'

/** A query of a measured export, on one database. */
export interface SubjectPlan {
  /** `mysql/narrow` and the like. */
  readonly id: string
  readonly dialect: Dialect
  /** For people: `table1, 34,000,000 x 3`. */
  readonly title: string
  readonly table: string
  readonly query: string
  readonly rows: number
}

/** With the facts about the database's own export of it. */
export interface Subject extends SubjectPlan {
  /** The size of the result as the server's own TEXT. */
  readonly textBytes: number
  /** Lower-case hexadecimal, of those bytes. Null if no scenario compares them. */
  readonly textSha256: string | null
  /** Whether batchquery's TEXT must be those very bytes. DuckDB has no TEXT of its own. */
  readonly isOracle: boolean
}

export function planSubjects(sizes: Sizes): readonly SubjectPlan[] {
  const dialects: readonly Dialect[] = ['mysql', 'postgres', 'duckdb']
  const whole = dialects.flatMap(dialect => [
    subject(dialect, 'narrow', 'table1', sizes.narrow),
    subject(dialect, 'wide', 'wide', sizes.wide),
  ])
  const slices = [
    subject('mysql', 'narrow-slice', 'table1', sizes.narrowSlice, true),
    subject('mysql', 'wide-slice', 'wide', sizes.wideSlice, true),
  ]
  const table = sizes.long === null ? 'table1' : 'table1_long'
  const lengths = sizes.lengths.map(rows => subject('mysql', `rows-${rows}`, table, rows, true))
  return [...whole, ...slices, ...lengths, ONE_ROW]
}

/** For measurements of the start, which do not depend on the rows. */
const ONE_ROW: SubjectPlan = {
  id: 'mysql/one-row',
  dialect: 'mysql',
  title: 'one row',
  table: '',
  query: 'SELECT 1',
  rows: 1,
}

const COLUMNS: Readonly<Record<string, number>> = { table1: 3, table1_long: 3, wide: 8 }

function subject(dialect: Dialect, name: string, table: string, rows: number, isSlice = false): SubjectPlan {
  const limit = isSlice ? ` LIMIT ${rows}` : ''
  return {
    id: `${dialect}/${name}`,
    dialect,
    title: `${table}, ${rows.toLocaleString('en-US')} x ${COLUMNS[table]}`,
    table,
    query: `SELECT * FROM ${table}${limit}`,
    rows,
  }
}
