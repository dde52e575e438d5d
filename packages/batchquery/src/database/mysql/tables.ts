import { wordsOf } from '../../sql/dialects/index.ts'
import type { Session } from '../database.ts'
import {
  byTable,
  type DescribedTable,
  type ListedTable,
  namesOf,
  type Snapshot,
  type Tables,
} from '../tables.ts'

const SYSTEM_SCHEMAS = ['information_schema', 'mysql', 'performance_schema', 'sys']
/** START TRANSACTION WITH CONSISTENT SNAPSHOT works with these: https://dev.mysql.com/doc/refman/8.4/en/commit.html */
const WITH_SNAPSHOT = new Set(['innodb', 'rocksdb'])
const LITERALS = wordsOf('mysql').literals

export const MYSQL_TABLES: Tables = {
  currentSchema: 'SELECT DATABASE()',
  list,
  async columns(session, schema) {
    const rows = await namesOf(
      session,
      `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, EXTRA, PRIVILEGES FROM information_schema.COLUMNS
       WHERE TABLE_SCHEMA = ${LITERALS.text(schema)} ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    )
    return byTable(
      rows.map(([table, name = '', type = '', extra = '', rights = '']) => ({
        table,
        column: {
          name,
          type,
          isInvisible: /\bINVISIBLE\b/i.test(extra),
          isReadable: rights.split(',').includes('select'),
        },
      })),
    )
  },
  snapshot,
}

/** MariaDB has the type SYSTEM VERSIONED for tables that keep their history: a query shows the present. */
async function list(session: Session): Promise<readonly ListedTable[]> {
  const rows = await namesOf(
    session,
    `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES
     WHERE TABLE_SCHEMA NOT IN (${SYSTEM_SCHEMAS.map(LITERALS.text).join(', ')})
     AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')`,
  )
  return rows.map(([schema, name = '', type, engine = '']) => ({
    schema,
    name,
    kind: type === 'VIEW' ? 'view' : 'table',
    unversioned: type === 'VIEW' || WITH_SNAPSHOT.has(engine.toLowerCase()) ? null : `engine ${engine}`,
    hasHeirs: false,
    notes:
      type === 'SYSTEM VERSIONED' ? ['Only the present rows; FOR SYSTEM_TIME ALL adds the history.'] : [],
  }))
}

function snapshot(tables: readonly DescribedTable[]): Snapshot {
  const hasTimestamp = tables.some(({ columns }) => columns.some(({ type }) => type === 'timestamp'))
  const zone = hasTimestamp
    ? {
        notes: ["In UTC, each TIMESTAMP has one meaning: the session's own zone may have an hour twice."],
        statements: ["SET time_zone = '+00:00'"],
      }
    : { notes: [], statements: [] }
  if (tables.every(({ unversioned }) => unversioned !== null)) return zone
  return {
    notes: [
      ...zone.notes,
      'The server keeps old versions of changed rows until COMMIT. A table that is altered or truncated meanwhile fails the run.',
    ],
    statements: [
      ...zone.statements,
      'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
      'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
    ],
  }
}
