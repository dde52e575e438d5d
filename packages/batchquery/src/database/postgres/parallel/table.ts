import { wordsOf } from '../../../sql/dialects/index.ts'
import { writeIdentifier } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { ColumnOrigin, Session } from '../../database.ts'

const { text } = wordsOf('postgres').literals

/** A table of the database. */
export interface Table {
  readonly oid: string
  readonly schema: string
  readonly name: string
  /** The letter of pg_class.relkind: `r` for a table, `p` for a partitioned one, `v` for a view. */
  readonly kind: string
  /** How it is stored: `heap`. Empty if it stores nothing itself. */
  readonly storage: string
  /** Whether other tables are parts of it, or inherit from it. */
  readonly hasHeirs: boolean
  /** Whether the user may read all of its columns, and so those of the system, such as ctid. */
  readonly isReadable: boolean
}

/** A column by which rows are divided. */
export interface KeyColumn {
  readonly name: string
  /** In the words of the server, for a cast. */
  readonly type: string
  /** Quoted for SQL. Null if the type has none. */
  readonly collation: string | null
  readonly isNullable: boolean
  /** Whether the user may read it. */
  readonly isReadable: boolean
}

/** For people. */
export const shownTable = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string => `${schema}.${name}`

/** For SQL. */
export const quotedTable = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string =>
  writeIdentifier([schema, name], 'postgres')

/**
 * Finds a table as the session does.
 *
 * @param name as a query has it, or as `quotedTable` writes it
 */
export const findTable = async (session: Session, name: string): Promise<Table | null> =>
  (await tablesWhere(session, `c.oid = pg_catalog.to_regclass(${text(name)})`)).at(0) ?? null

export const tableOf = async (session: Session, oid: number): Promise<Table | null> =>
  (await tablesWhere(session, `c.oid = ${oid}`)).at(0) ?? null

/** The tables that hold the rows of a table: its partitions, or itself and those that inherit from it. */
export const partsOf = (session: Session, { oid }: Table, isOnly: boolean): Promise<readonly Table[]> =>
  tablesWhere(
    session,
    `c.relkind <> 'p' AND c.oid IN (
       WITH RECURSIVE parts (oid) AS (
         VALUES (${oid}::pg_catalog.oid)
         UNION SELECT i.inhrelid FROM parts p JOIN pg_catalog.pg_inherits i ON i.inhparent = p.oid
           WHERE NOT ${isOnly})
       SELECT oid FROM parts)`,
  )

async function tablesWhere(session: Session, condition: string): Promise<readonly Table[]> {
  const rows = await askSession(
    session,
    `SELECT c.oid, n.nspname, c.relname, c.relkind, coalesce(a.amname, ''),
       EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid),
       pg_catalog.has_table_privilege(c.oid, 'SELECT')
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
     WHERE ${condition}`,
  )
  return rows.map(row => {
    const [oid, schema, name, kind, storage, hasHeirs, isReadable] = row.map(value => value ?? '')
    return { oid, schema, name, kind, storage, hasHeirs: hasHeirs === 't', isReadable: isReadable === 't' }
  })
}

/** The blocks of tables, in their order. */
export async function blocksOf(session: Session, tables: readonly string[]): Promise<readonly number[]> {
  if (tables.length === 0) return []
  const rows = await askSession(
    session,
    `SELECT pg_catalog.pg_relation_size(name::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint
     FROM pg_catalog.unnest(ARRAY[${tables.map(text).join(', ')}]) WITH ORDINALITY AS t (name, place) ORDER BY place`,
  )
  return rows.map(([blocks]) => Number(blocks))
}

const COLUMN = `a.attname, pg_catalog.format_type(a.atttypid, -1), a.attnotnull,
  (SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.collname)
   FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = a.attcollation),
  pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')`

const columnOf = (row: readonly (string | null)[]): KeyColumn => {
  const [name, type, isFilled, collation, isReadable] = row
  return {
    name: name ?? '',
    type: type ?? '',
    collation: collation ?? null,
    isNullable: isFilled !== 't',
    isReadable: isReadable === 't',
  }
}

/** Null if the server does not have it any more. */
export async function keyColumn(
  session: Session,
  { table, column }: ColumnOrigin,
): Promise<KeyColumn | null> {
  const [row] = await askSession(
    session,
    `SELECT ${COLUMN} FROM pg_catalog.pg_attribute a WHERE a.attrelid = ${table} AND a.attnum = ${column}`,
  )
  return row === undefined ? null : columnOf(row)
}

/** The columns with these names, in this order; those that the table lacks are missing. */
export async function columnsOf(
  session: Session,
  { oid }: Pick<Table, 'oid'>,
  names: readonly string[],
): Promise<readonly KeyColumn[]> {
  const rows = await askSession(
    session,
    `SELECT ${COLUMN} FROM pg_catalog.unnest(ARRAY[${names.map(text).join(', ')}]::text[]) WITH ORDINALITY AS k (name, place)
     JOIN pg_catalog.pg_attribute a ON a.attname = k.name
     WHERE a.attrelid = ${oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY k.place`,
  )
  return rows.map(columnOf)
}

/** A key of a table: its primary key, or another unique index of columns that are NOT NULL. */
export interface Key {
  /** The name of the index. */
  readonly name: string
  readonly columns: readonly KeyColumn[]
}

export async function keyOf(session: Session, { oid }: Pick<Table, 'oid'>): Promise<Key | null> {
  const rows = await askSession(
    session,
    `SELECT ${COLUMN}, x.relname FROM (
       SELECT i.indexrelid, i.indrelid, i.indkey, i.indnkeyatts, c.relname
       FROM pg_catalog.pg_index i
       JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = c.relam
       WHERE i.indrelid = ${oid} AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
         AND m.amname = 'btree' AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = i.indrelid AND NOT a.attnotnull
             AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]))
       ORDER BY i.indisprimary DESC, i.indnkeyatts, c.relname LIMIT 1) x
     CROSS JOIN LATERAL pg_catalog.unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k (number, place)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number
     ORDER BY k.place`,
  )
  const name = rows[0]?.at(-1)
  return name == null ? null : { name, columns: rows.map(columnOf) }
}
