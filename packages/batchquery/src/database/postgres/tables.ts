import { wordsOf } from '../../sql/dialects/index.ts'
import { writeIdentifier } from '../../sql/index.ts'
import type { Session } from '../database.ts'
import {
  byTable,
  type DescribedTable,
  type ListedTable,
  namesOf,
  type Snapshot,
  type Tables,
} from '../tables.ts'

const LITERALS = wordsOf('postgres').literals

const KINDS: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
}

export const POSTGRES_TABLES: Tables = {
  currentSchema: 'SELECT pg_catalog.current_schema()',
  list,
  async columns(session, schema) {
    const rows = await namesOf(
      session,
      `SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
         pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
       FROM pg_catalog.pg_attribute a
       JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = ${LITERALS.text(schema)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
         AND a.attnum > 0 AND NOT a.attisdropped
       ORDER BY c.oid, a.attnum`,
    )
    return byTable(
      rows.map(([table, name = '', type = '', isReadable]) => ({
        table,
        column: { name, type, isInvisible: false, isReadable: isReadable === 't' },
      })),
    )
  },
  snapshot,
}

/** The names of all schemas of the system begin with `pg_`, and no others may. */
async function list(session: Session): Promise<readonly ListedTable[]> {
  const rows = await namesOf(
    session,
    `SELECT n.nspname, c.relname, c.relkind, c.relispartition,
       EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid),
       EXISTS (SELECT FROM pg_catalog.pg_depend d
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'),
       pg_catalog.row_security_active(c.oid)
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND n.nspname <> 'information_schema' AND pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_'`,
  )
  return rows.map(([schema, name = '', kind = '', isPartition, hasHeirs, isOfExtension, isFiltered]) => ({
    schema,
    name,
    kind:
      (isPartition === 't' && 'partition') ||
      (isOfExtension === 't' && 'table of an extension') ||
      (KINDS[kind] ?? 'table'),
    unversioned: kind === 'f' ? 'foreign table' : null,
    hasHeirs: kind === 'r' && hasHeirs === 't',
    notes:
      isFiltered === 't' ? ['Its policies (row level security) hide rows that the user may not see.'] : [],
  }))
}

/**
 * LOCK takes no snapshot, so the snapshot begins with the first query, when no table can be altered or truncated any more. Without
 * the locks, a table that is truncated between the first query and its own looks empty.
 */
function snapshot(tables: readonly DescribedTable[]): Snapshot {
  // LOCK takes the right to the whole table.
  const locked = tables.filter(
    ({ kind, columns }) =>
      (kind === 'table' || kind === 'partition') && columns.every(({ isReadable }) => isReadable),
  )
  const names = locked.map(
    ({ schema, name, hasHeirs }) =>
      `${hasHeirs ? 'ONLY ' : ''}${writeIdentifier([schema, name], 'postgres')}`,
  )
  return {
    notes: [
      'The session is idle in its transaction while an export is published, and its timeout would end it.',
      'The transaction also works on a replica, where SERIALIZABLE DEFERRABLE does not.',
      ...(names.length === 0
        ? []
        : [
            'The locks keep the tables from being altered or truncated until COMMIT: a transaction sees a truncated table as empty. Reads and writes go on.',
          ]),
    ],
    statements: [
      'SET idle_in_transaction_session_timeout = 0',
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      ...(names.length === 0 ? [] : [`LOCK TABLE\n  ${names.join(',\n  ')}\nIN ACCESS SHARE MODE`]),
    ],
  }
}
