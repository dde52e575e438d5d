import { type StringRules, stringRulesOf } from '../../../sql/index.ts'
import type { Session } from '../../database.ts'
import type { Estimate, ReadsPlan, ReadsRequest } from '../../parallel-reads.ts'
import { type PlainQuery, readPlainQuery, withoutEnd } from '../../plain-query.ts'
import { rangeCount, rangesOf } from '../../read-ranges.ts'
import { keyIntervals } from './conditions.ts'
import { accessOf, explain, type PlanRow, rowsOf } from './explained.ts'
import { divideKey } from './key-bounds.ts'
import { keyOf, refuseUnordered } from './ordered-key.ts'
import { tablesOfQuery } from './query-tables.ts'
import { refusal } from './refusal.ts'
import { findTable, hasColumns, indexesOf, quotedTable, shownTable, type Table } from './table.ts'
import { refuseAnyOfGroup, refuseClause, refuseUndividable, type Subject } from './undividable.ts'
import { refuseWholeReads } from './whole-reads.ts'
import { sourceOf, wrapped } from './wrapped.ts'

/** Engines whose transactions see one moment: https://dev.mysql.com/doc/refman/8.4/en/commit.html */
const WITH_SNAPSHOT = new Set(['innodb', 'rocksdb', 'sequence'])

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
  const rules = rulesOf(session)
  const query = withoutEnd(request.query, 'mysql', rules)
  const whole = await explain(session, query)
  refuseClause(query, rules)
  const tables = await tablesOfQuery(session, query, rules)
  const subject: Subject = { session, query, request, whole, tables }
  await refuseUndividable(subject, rules)
  for (const table of tables.base) refuseTable(table, request.consistency)
  const plain = readPlainQuery(query, 'mysql', rules)
  const table = plain === null ? null : await findTable(session, plain.names)
  if (plain !== null && table !== null) {
    await refuseAggregate(session, plain)
    if (!table.isView && (await hasColumns(session, table, request.by ?? [])))
      return planTable(subject, plain, table)
  }
  if (request.by !== null) return planWrapped(subject, request.by)
  const what =
    table === null ? 'the query is not a SELECT of rows of one table' : `${shownTable(table)} is a view`
  throw refusal(what, 'Add BY (column): batchquery then divides the result by a column of it.')
}

async function planTable(subject: Subject, plain: PlainQuery, table: Table): Promise<ReadsPlan> {
  const { session, request, whole } = subject
  const { by, readers } = request
  const key = keyOf(table, await indexesOf(session, table), by)
  await refuseUnordered(session, key)
  const estimate = estimateOf(whole, table)
  const { bounds, shares } = await divideKey(session, table, key, rangeCount(readers, estimate.bytes ?? 0))
  const shown = `${by === null ? key.name : 'BY'} (${key.columns.map(({ name }) => name).join(', ')})`
  const ranges = rangesOf(keyIntervals(key.columns, bounds, shares), plain.where, estimate.rows)
  await refuseWholeReads(session, whole, ranges, shown)
  return { source: shownTable(table), key: shown, ranges, estimate, tables: lockable(subject) }
}

async function planWrapped(subject: Subject, by: readonly string[]): Promise<ReadsPlan> {
  const { session, query, request, whole, tables } = subject
  const { table, index, columns, own } = await sourceOf(session, query, by, tables)
  await refuseAnyOfGroup(subject)
  await refuseUnordered(session, { name: index, columns: own })
  const rows = Math.round(rowsOf(whole))
  const count = rangeCount(request.readers, rows * (table.rowBytes ?? 0))
  const { bounds, shares } = await divideKey(session, table, { name: index, columns: own }, count)
  const ranges = rangesOf(keyIntervals(columns, bounds, shares), where => wrapped(query, where), rows)
  const key = `BY (${columns.map(({ name }) => name).join(', ')})`
  await refuseWholeReads(session, whole, ranges, key)
  return {
    ...{ source: shownTable(table), key, ranges, tables: lockable(subject) },
    estimate: estimateOf(whole, null),
  }
}

/** To lock a view is to lock its tables. Tables of numbers (seq_1_to_10 of MariaDB) never change. */
const lockable = ({ tables: { named } }: Subject): readonly string[] =>
  named.filter(({ engine }) => engine !== 'SEQUENCE').map(quotedTable)

function refuseTable(table: Table, consistency: ReadsRequest['consistency']): void {
  const shown = shownTable(table)
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
