import { type StringRules, stringRulesOf } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { Estimate, ReadsPlan, ReadsRequest } from '../../parallel-reads.ts'
import { type PlainQuery, readPlainQuery } from '../../plain-query.ts'
import { rangeCount, rangesOf } from '../../read-ranges.ts'
import { keyIntervals } from './conditions.ts'
import { accessOf, explain, type PlanRow, rowsOf } from './explained.ts'
import { divideKey } from './key-bounds.ts'
import { kindOf } from './key-values.ts'
import { refusal } from './refusal.ts'
import { findTable, type Index, indexesOf, type Key, quotedTable, shownTable, type Table } from './table.ts'
import { refuseUndividable } from './undividable.ts'

/** Engines whose transactions see one moment: https://dev.mysql.com/doc/refman/8.4/en/commit.html */
const WITH_SNAPSHOT = new Set(['innodb', 'rocksdb'])
/** Every range may read a smaller table as a whole. */
const SMALL_ROWS = 10_000
const READS_ALL = new Set(['ALL', 'index'])
const ZONE_HINT = "Write SET time_zone = '+00:00' before the export, or divide by another column with BY."

/** Estimates a query by its plan, and its bytes if it reads one table. */
export async function estimateQuery(session: Session, query: string): Promise<Estimate> {
  const plan = await explain(session, query)
  const plain = readPlainQuery(query, 'mysql', rulesOf(session))
  const table = plain === null ? null : await findTable(session, plain.names).catch(() => null)
  return estimateOf(plan, table)
}

function estimateOf(plan: readonly PlanRow[], table: Table | null): Estimate {
  const rows = Math.round(rowsOf(plan))
  const bytes = table?.rowBytes ?? null
  return {
    rows,
    bytes: bytes === null ? null : rows * bytes,
    access: plan.filter(row => row.table !== '').map(accessOf),
  }
}

const rulesOf = ({ stringSetting }: Session): StringRules => stringRulesOf('mysql', stringSetting ?? '')

/** @throws UNSUPPORTED_CLAUSE with the reason if the query cannot be read in ranges; QUERY_FAILED, PERMISSION */
export async function planReads(session: Session, request: ReadsRequest): Promise<ReadsPlan> {
  const { query, readers, by, consistency } = request
  const rules = rulesOf(session)
  const whole = await explain(session, query)
  const words = await refuseUndividable(session, request, rules)
  const plain = readPlainQuery(query, 'mysql', rules)
  if (plain === null)
    throw refusal(
      'the query is not a SELECT of rows of one table',
      'Write it as SELECT .. FROM one table WHERE .., or remove PARALLEL.',
    )
  const table = await findTable(session, plain.names)
  refuseTable(table, consistency)
  if (consistency === 'SNAPSHOT' && words.hasSubquery)
    throw refusal(
      'a subquery may read other tables, which are then not of the same moment',
      'Write CONSISTENCY NONE, or remove PARALLEL.',
    )
  await refuseAggregate(session, plain)
  const key = keyOf(table, await indexesOf(session, table), by)
  await refuseUnordered(session, key)
  const estimate = estimateOf(whole, table)
  const { bounds, shares } = await divideKey(session, table, key, rangeCount(readers, estimate.bytes ?? 0))
  const shown = `${by === null ? key.name : 'BY'} (${key.columns.map(({ name }) => name).join(', ')})`
  const ranges = rangesOf(keyIntervals(key.columns, bounds, shares), plain.where, estimate.rows)
  await refuseWholeReads(session, table, ranges, shown)
  return { source: shownTable(table), key: shown, ranges, estimate, tables: [quotedTable(table)] }
}

function refuseTable(table: Table, consistency: ReadsRequest['consistency']): void {
  const shown = shownTable(table)
  if (table.isView)
    throw refusal(`${shown} is a view, whose rows have no key`, 'Select from its table, or remove PARALLEL.')
  if (table.isTemporary)
    throw refusal(
      `${shown} is a temporary table, which no other session sees`,
      'Use a table that is not temporary, or remove PARALLEL.',
    )
  if (consistency === 'SNAPSHOT' && !WITH_SNAPSHOT.has(table.engine.toLowerCase()))
    throw refusal(
      `the engine ${table.engine} of ${shown} has no snapshot, so sessions cannot read one moment`,
      'Write CONSISTENCY NONE, or remove PARALLEL.',
    )
}

/** Without rows an aggregate still has one row, so the server finds out without a look at the table. */
async function refuseAggregate(session: Session, plain: PlainQuery): Promise<void> {
  const { results } = await session.execute(plain.where('FALSE'), 1)
  if ((results.at(-1)?.rowCount ?? 0) > 0)
    throw refusal('an aggregate is over the whole result', 'Remove it, or remove PARALLEL.')
}

/** The index that divides the rows. @throws UNSUPPORTED_CLAUSE if there is none */
function keyOf(table: Table, indexes: readonly Index[], by: readonly string[] | null): Key {
  const shown = shownTable(table)
  if (by === null) {
    const key = indexes.find(
      ({ isUnique, isWhole, columns, ownColumns }) =>
        isUnique && isWhole && columns.slice(0, ownColumns).every(({ isNullable }) => !isNullable),
    )
    if (key !== undefined) return orderedPart({ ...key, columns: key.columns.slice(0, key.ownColumns) })
    throw refusal(
      `${shown} has no primary key and no unique index of NOT NULL columns`,
      'Add BY (column) with the first column of an index.',
    )
  }
  const wanted = by.map(name => name.toLowerCase())
  const index = indexes.find(({ columns }) =>
    wanted.every((name, at) => columns[at]?.name.toLowerCase() === name),
  )
  if (index !== undefined) return { name: index.name, columns: index.columns.slice(0, by.length) }
  const names = indexes.map(
    ({ name, columns, ownColumns }) =>
      `${name} (${columns
        .slice(0, ownColumns)
        .map(column => column.name)
        .join(', ')})`,
  )
  throw refusal(
    `no index of ${shown} begins with ${by.join(', ')}, so each range would read the whole table (type ALL)`,
    `Name the first columns of an index in BY: ${names.join(', ') || 'the table has none'}.`,
  )
}

/** The first columns of a key, up to one whose values have another order than the index. They alone divide the rows, too. */
function orderedPart({ name, columns }: Key): Key {
  const end = columns.findIndex(
    (column, at) => at > 0 && (kindOf(column) === null || column.type === 'timestamp'),
  )
  return { name, columns: end === -1 ? columns : columns.slice(0, end) }
}

/** Whether the server compares the values of the key as the index is ordered, always. */
async function refuseUnordered(session: Session, { columns }: Key): Promise<void> {
  for (const column of columns) {
    if (kindOf(column) === null)
      throw refusal(
        `column ${column.name} has the type ${column.type}, whose order is not that of its values`,
        'Name other columns in BY.',
      )
    if (column.type === 'timestamp') await refuseChangingZone(session, column.name)
  }
}

/** When clocks are turned back, an hour of local time comes twice: then a TIMESTAMP is before a bound in the index, but not as local time. */
async function refuseChangingZone(session: Session, column: string): Promise<void> {
  const [[zone, system] = []] = await askSession(
    session,
    'SELECT @@SESSION.time_zone, @@GLOBAL.system_time_zone',
  )
  const name = zone === 'SYSTEM' ? system : zone
  if (/^(?:[+-]\d{1,2}:\d{2}|UTC|GMT|Etc\/(?:UTC|GMT.*))$/.test(name ?? '')) return
  throw refusal(
    `column ${column} is a TIMESTAMP, and an hour may come twice in the time zone ${name}`,
    ZONE_HINT,
  )
}

/** @throws UNSUPPORTED_CLAUSE if each range would read the whole table, in the words of EXPLAIN */
async function refuseWholeReads(
  session: Session,
  table: Table,
  ranges: readonly { readonly query: string }[],
  key: string,
): Promise<void> {
  if (ranges.length < 2) return
  const [row] = await explain(session, ranges[Math.floor(ranges.length / 2)].query)
  if (row === undefined || !READS_ALL.has(row.type) || row.rows < SMALL_ROWS) return
  throw refusal(
    `each range of ${key} would read the whole table ${shownTable(table)} (EXPLAIN: type ${row.type}, rows ${row.rows}${row.extra === '' ? '' : `, ${row.extra}`})`,
    'Name columns in BY that begin an index of the table, or remove PARALLEL.',
  )
}
