import { wordsOf } from '../../../sql/dialects/index.ts'
import { writeIdentifier } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'

const { text } = wordsOf('mysql').literals

/** A base table. */
export interface Table {
  readonly schema: string
  readonly name: string
  /** `InnoDB`. Empty for a view. */
  readonly engine: string
  readonly isView: boolean
  readonly isTemporary: boolean
  /** The average size of a row; null if the server does not say. */
  readonly rowBytes: number | null
}

/** A column by which rows are divided. */
export interface KeyColumn {
  readonly name: string
  /** In lower case: `varchar`. */
  readonly type: string
  /** The digits after the point of a decimal. */
  readonly scale: number
  readonly characterSet: string | null
  readonly collation: string | null
  readonly isNullable: boolean
}

/** An index whose order divides rows. */
export interface Key {
  readonly name: string
  readonly columns: readonly KeyColumn[]
}

/** For people. */
export const shownTable = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string => `${schema}.${name}`

/** For SQL. */
export const quotedTable = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string =>
  writeIdentifier([schema, name], 'mysql')

export const quotedColumn = ({ name }: Pick<KeyColumn, 'name'>): string => writeIdentifier([name], 'mysql')

/** The schema and the name of a table. @param names as a query writes them, with their quotes */
export async function namesOf(
  session: Session,
  names: readonly string[],
): Promise<readonly [schema: string, name: string]> {
  const plain = names.map(name => name.replace(/^(["`])(.*)\1$/s, '$2').replace(/(["`])\1/g, '$1'))
  const own = plain.at(-1) ?? ''
  if (plain.length > 1) return [plain.at(-2) ?? '', own]
  const [[current] = []] = await askSession(session, 'SELECT DATABASE()')
  return [current ?? '', own]
}

/** @param names as a query writes them, with their quotes. @throws QUERY_FAILED, PERMISSION */
export async function findTable(session: Session, names: readonly string[]): Promise<Table> {
  const [schema, own] = await namesOf(session, names)
  const { results } = await session.execute(`SHOW CREATE TABLE ${quotedTable({ schema, name: own })}`, 1)
  const [[, sql] = []] = results.at(-1)?.rows ?? []
  const isView = results.at(-1)?.columns[0] === 'View'
  const [[engine, bytes, ownSchema, ownName] = []] = await askSession(
    session,
    `SELECT ENGINE, AVG_ROW_LENGTH, TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = ${text(schema)} AND TABLE_NAME = ${text(own)}`,
  )
  return {
    // On some servers, names in any case are names of the table.
    ...{ schema: ownSchema ?? schema, name: ownName ?? own, engine: engine ?? '', isView },
    isTemporary: /^CREATE (?:OR REPLACE )?TEMPORARY\b/i.test(sql ?? ''),
    rowBytes: bytes == null ? null : Number(bytes),
  }
}

/** Whether a table has all of these columns. */
export async function hasColumns(
  session: Session,
  { schema, name }: Table,
  names: readonly string[],
): Promise<boolean> {
  if (names.length === 0) return true
  const [[count] = []] = await askSession(
    session,
    `SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ${text(schema)} AND TABLE_NAME = ${text(name)}
       AND COLUMN_NAME IN (${names.map(text).join(', ')})`,
  )
  return Number(count) === names.length
}

/** The indexes of a table whose columns are whole and in the order of their values, with the primary key first. */
export async function indexesOf(
  session: Session,
  { schema, name, engine }: Table,
): Promise<readonly Index[]> {
  // With constants in both tables, the server looks at this table alone, not at all tables of all schemas.
  const rows = await askSession(
    session,
    `SELECT s.INDEX_NAME, s.NON_UNIQUE, s.SUB_PART, s.COLUMN_NAME, c.DATA_TYPE, c.NUMERIC_SCALE, c.CHARACTER_SET_NAME,
       c.COLLATION_NAME, c.IS_NULLABLE
     FROM information_schema.STATISTICS s
     LEFT JOIN information_schema.COLUMNS c
       ON c.TABLE_SCHEMA = ${text(schema)} AND c.TABLE_NAME = ${text(name)} AND c.COLUMN_NAME = s.COLUMN_NAME
     WHERE s.TABLE_SCHEMA = ${text(schema)} AND s.TABLE_NAME = ${text(name)} AND s.INDEX_TYPE = 'BTREE'
     ORDER BY s.INDEX_NAME <> 'PRIMARY', s.NON_UNIQUE, s.INDEX_NAME, s.SEQ_IN_INDEX`,
  )
  const indexes = new Map<string, { isUnique: boolean; columns: KeyColumn[]; isWhole: boolean }>()
  for (const [index, nonUnique, part, ...column] of rows) {
    const known = indexes.get(index ?? '') ?? { isUnique: nonUnique === '0', columns: [], isWhole: true }
    indexes.set(index ?? '', known)
    // Columns after a prefix, or after an expression, are not in the order of the index.
    if (part !== null || column[0] === null) known.isWhole = false
    else if (known.isWhole) known.columns.push(columnOf(column))
  }
  const primary = indexes.get('PRIMARY')
  return [...indexes].map(([index, { columns, ...found }]) => ({
    ...{ name: index, ...found },
    // An entry of another index of InnoDB ends in the primary key.
    columns: found.isWhole
      ? withColumns(columns, engine === 'InnoDB' ? (primary?.columns ?? []) : [])
      : columns,
    ownColumns: columns.length,
  }))
}

const withColumns = (columns: readonly KeyColumn[], others: readonly KeyColumn[]): readonly KeyColumn[] => [
  ...columns,
  ...others.filter(({ name }) => columns.every(column => column.name !== name)),
]

/** An index, with the columns that come before its first prefix. */
export interface Index extends Key {
  readonly isUnique: boolean
  /** How many of the columns the index itself names. */
  readonly ownColumns: number
  /** Whether these are all of its columns. */
  readonly isWhole: boolean
}

function columnOf([name, type, scale, characterSet, collation, nullable]: readonly (
  | string
  | null
)[]): KeyColumn {
  return {
    ...{ name: name ?? '', type: (type ?? '').toLowerCase(), scale: Number(scale ?? 0) },
    ...{ characterSet: characterSet ?? null, collation: collation ?? null, isNullable: nullable !== 'NO' },
  }
}
