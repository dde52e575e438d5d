import { type StringRules, stringRulesOf } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { Estimate, ReadsPlan, ReadsRequest } from '../../parallel-reads.ts'
import { lastClause, type PlainQuery, readPlainQuery } from '../../plain-query.ts'
import { type Interval, rangeCount, rangesOf } from '../../read-ranges.ts'
import { withoutEnd } from '../copy-statement.ts'
import { blockIntervals } from './block-ranges.ts'
import { accessOf, explain, nodesOf, type PlanNode } from './explained.ts'
import { keyBounds } from './key-bounds.ts'
import { keyIntervals } from './key-ranges.ts'
import { sourceOf } from './source-columns.ts'
import {
  blocksOf,
  columnsOf,
  findTable,
  type Key,
  keyOf,
  partsOf,
  quotedTable,
  shownTable,
  type Table,
} from './table.ts'
import {
  hasWindows,
  ownChildren,
  refusal,
  refuseTemporary,
  refuseUndividable,
  tablesOf,
} from './undividable.ts'
import { refuseUnstable } from './unstable.ts'
import { refuseRowsOfOthers, refuseWholeReads, SMALL_BLOCKS } from './whole-reads.ts'

/** The first version that reads a range of ctid without reading the whole table. */
const READS_CTID_RANGES = 140_000
const SCANS_OF_HEAPS = new Set([
  'Seq Scan',
  'Index Scan',
  'Index Only Scan',
  'Bitmap Heap Scan',
  'Tid Scan',
  'Tid Range Scan',
])
const BLOCK_BYTES = 8_192

export const estimateOf = (plan: PlanNode): Estimate => ({
  rows: plan.rows,
  bytes: plan.rows * plan.width,
  access: accessOf(plan),
})

/** A query, and what the server says of it. */
interface Subject {
  readonly session: Session
  readonly request: ReadsRequest
  /** The plan of the whole query. */
  readonly whole: PlanNode
  readonly estimate: Estimate
  /** The base tables, quoted. */
  readonly tables: readonly string[]
}

/** @throws UNSUPPORTED_CLAUSE with the reason if the query cannot be read in ranges; QUERY_FAILED, PERMISSION */
export async function planReads(session: Session, request: ReadsRequest): Promise<ReadsPlan> {
  const rules = stringRulesOf('postgres', session.stringSetting ?? 'on')
  const subject = await examine(session, request, rules)
  const plain = readPlainQuery(request.query, 'postgres', rules)
  const table = plain === null ? null : await findTable(session, plain.names.join('.'))
  if (plain !== null && table !== null && !hasWindows(subject.whole)) {
    refuseSingleRow(subject.whole)
    const { by } = request
    if (by === null) return planTable(subject, plain, table)
    const columns = await columnsOf(session, table, by)
    if (columns.length === by.length && table.kind !== 'v')
      return planKey(subject, plain, table, { name: 'BY', columns })
  }
  if (request.by !== null) return planWrapped(subject, request.by)
  throw refusal(
    `the query is not a SELECT of rows of one table${hasWindows(subject.whole) ? ', but has a window function' : ''}`,
    'Add BY (column): batchquery then divides the result by a column of it.',
  )
}

async function examine(session: Session, request: ReadsRequest, rules: StringRules): Promise<Subject> {
  const whole = await explain(session, request.query)
  refuseUndividable(whole, lastClause(request.query, 'postgres', rules), request)
  const tables = tablesOf(whole)
  await refuseTemporary(session, tables)
  await refuseUnstable(session, request.query, whole, rules)
  return { session, request, whole, estimate: estimateOf(whole), tables }
}

/** The server answers MIN and MAX by an index, and has one row then without reading a table for it. */
function refuseSingleRow(whole: PlanNode): void {
  if (whole.type === 'Result' && ownChildren(whole).length === 0 && !whole.expressions.has('One-Time Filter'))
    throw refusal('an aggregate is over the whole result', 'Remove it, or remove PARALLEL.')
}

const planOf = (
  { estimate, tables }: Subject,
  table: Table,
  key: string,
  intervals: readonly Interval[],
  query: (where: string) => string,
): ReadsPlan => ({
  source: shownTable(table),
  key,
  ranges: rangesOf(intervals, query, estimate.rows),
  estimate,
  tables,
})

async function planTable(subject: Subject, plain: PlainQuery, table: Table): Promise<ReadsPlan> {
  const { session, request } = subject
  if (request.consistency === 'SNAPSHOT') {
    const plan = await planBlocks(subject, plain, table)
    if (plan !== null) return plan
  }
  const key = await keyOf(session, table)
  if (key !== null) return planKey(subject, plain, table, key)
  const what = table.kind === 'v' ? 'is a view' : 'has no primary key and no unique index of NOT NULL columns'
  throw refusal(`${shownTable(table)} ${what}`, 'Add BY (column) to divide its rows.')
}

/** Null if the rows come from something whose blocks have no numbers, or if the server cannot read a range of them. */
async function planBlocks(subject: Subject, plain: PlainQuery, table: Table): Promise<ReadsPlan | null> {
  const { session, request, whole, tables } = subject
  const [[version] = []] = await askSession(
    session,
    `SELECT pg_catalog.current_setting('server_version_num')`,
  )
  const heirs = (await partsOf(session, table, plain.isOnly)).filter(part =>
    tables.includes(quotedTable(part)),
  )
  const scans = scansOf(whole, heirs)
  const isOfHeaps = table.kind !== 'v' && table.isReadable && heirs.every(({ storage }) => storage === 'heap')
  if (
    Number(version) < READS_CTID_RANGES ||
    !isOfHeaps ||
    !scans.every(({ type }) => SCANS_OF_HEAPS.has(type))
  )
    return null
  const blocks = await blocksOf(session, heirs.map(quotedTable))
  const bytes = BLOCK_BYTES * blocks.reduce((sum, of) => sum + of, 0)
  const intervals = blockIntervals(blocks, rangeCount(request.readers, bytes))
  const plan = planOf(subject, table, 'ctid', intervals, plain.where)
  const middle = await explain(session, plan.ranges[Math.floor(plan.ranges.length / 2)].query)
  const isLarge = blocks.some(of => of >= SMALL_BLOCKS)
  const other = scansOf(middle, heirs).find(({ type }) => type !== 'Tid Range Scan')
  if (!isLarge || plan.ranges.length === 1 || other === undefined) return plan
  if (other.type === 'Seq Scan') await refuseWholeReads(session, plan.ranges, 'ctid')
  // An index finds the few rows of the query, and would find all of them again for each range.
  return planOf(subject, table, 'ctid', [{ where: 'true', share: 1 }], plain.where)
}

/** The nodes of a plan that read one of these tables. */
const scansOf = (plan: PlanNode, tables: readonly Table[]): readonly PlanNode[] =>
  [...nodesOf(plan)].filter(({ schema, relation }) =>
    tables.some(table => table.schema === schema && table.name === relation),
  )

async function planKey(subject: Subject, plain: PlainQuery, table: Table, key: Key): Promise<ReadsPlan> {
  const { session, request, estimate } = subject
  // A table that inherits may have NULL in a column in which its parent has none.
  const columns = key.columns.map(column => ({
    ...column,
    isNullable: column.isNullable || (table.hasHeirs && table.kind !== 'p'),
  }))
  const bounds = await keyBounds(session, table, columns, rangeCount(request.readers, estimate.bytes ?? 0))
  const shown = `${key.name} (${columns.map(({ name }) => name).join(', ')})`
  const plan = planOf(subject, table, shown, keyIntervals(columns, bounds), plain.where)
  await refuseWholeReads(session, plan.ranges, shown)
  return plan
}

async function planWrapped(subject: Subject, by: readonly string[]): Promise<ReadsPlan> {
  const { session, request, estimate, whole } = subject
  const query = withoutEnd(request.query)
  const { table, columns, own } = await sourceOf(session, query, by)
  const bounds = await keyBounds(session, table, own, rangeCount(request.readers, estimate.bytes ?? 0))
  const key = `BY (${columns.map(({ name }) => name).join(', ')})`
  const plan = planOf(
    subject,
    table,
    key,
    keyIntervals(columns, bounds),
    where => `SELECT * FROM (\n${query}\n) AS q WHERE ${where}`,
  )
  await refuseRowsOfOthers(session, whole, plan.ranges, await partsOf(session, table, false))
  await refuseWholeReads(session, plan.ranges, key)
  return plan
}
