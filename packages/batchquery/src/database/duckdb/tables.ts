import { wordsOf } from '../../sql/dialects/index.ts'
import type { Session } from '../database.ts'
import { byTable, type ListedTable, namesOf, type Tables } from '../tables.ts'

const LITERALS = wordsOf('duckdb').literals
const HERE = 'NOT internal AND database_name = system.main.current_database()'

export const DUCKDB_TABLES: Tables = {
  currentSchema: 'SELECT system.main.current_schema()',
  list,
  async columns(session, schema) {
    const rows = await namesOf(
      session,
      `SELECT table_name, column_name, data_type FROM duckdb_columns()
       WHERE ${HERE} AND schema_name = ${LITERALS.text(schema)} ORDER BY table_oid, column_index`,
    )
    return byTable(
      rows.map(([table, name = '', type = '']) => ({
        table,
        column: { name, type, isInvisible: false, isReadable: true },
      })),
    )
  },
  snapshot: () => ({ notes: [], statements: ['BEGIN TRANSACTION READ ONLY'] }),
}

async function list(session: Session): Promise<readonly ListedTable[]> {
  const rows = await namesOf(
    session,
    `SELECT schema_name, table_name, 'table' FROM duckdb_tables() WHERE ${HERE} AND NOT temporary
     UNION ALL SELECT schema_name, view_name, 'view' FROM duckdb_views() WHERE ${HERE} AND NOT temporary`,
  )
  return rows.map(([schema, name = '', kind = 'table']) => ({
    schema,
    name,
    kind,
    unversioned: null,
    hasHeirs: false,
    notes: [],
  }))
}
