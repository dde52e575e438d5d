import { wordsOf } from '../../../sql/dialects/index.ts'
import { writeIdentifier } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'

const { text } = wordsOf('postgres').literals

/** A table of the database. */
export interface Table {
  readonly oid: string
  readonly schema: string
  readonly name: string
  /** The letter of pg_class.relkind: `r` for a table, `p` for a partitioned one, `v` for a view. */
  readonly kind: string
  readonly isTemporary: boolean
  /** How it is stored: `heap`. Empty if it stores nothing itself. */
  readonly storage: string
}

/** A column by which rows are divided. */
export interface KeyColumn {
  readonly name: string
  /** In the words of the server, for a cast. */
  readonly type: string
  /** Quoted for SQL. Null if the type has none. */
  readonly collation: string | null
  readonly isNullable: boolean
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
export async function findTable(session: Session, name: string): Promise<Table | null> {
  const [row] = await askSession(
    session,
    `SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence = 't', coalesce(a.amname, '')
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
     WHERE c.oid = pg_catalog.to_regclass(${text(name)})`,
  )
  if (row === undefined) return null
  const [oid, schema, relation, kind, isTemporary, storage] = row.map(value => value ?? '')
  return { oid, schema, name: relation, kind, isTemporary: isTemporary === 't', storage }
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
   FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = a.attcollation)`

const columnOf = ([name, type, isFilled, collation]: readonly (string | null)[]): KeyColumn => ({
  name: name ?? '',
  type: type ?? '',
  collation: collation ?? null,
  isNullable: isFilled !== 't',
})

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
  /** Of the index. */
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
