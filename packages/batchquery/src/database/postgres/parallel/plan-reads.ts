import { BatchQueryError } from '../../../errors/index.ts'
import { stringRulesOf, writeIdentifier } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { Estimate, ReadsPlan, ReadsRequest } from '../../parallel-reads.ts'
import { withoutEnd } from '../copy-statement.ts'
import { blockIntervals } from './block-ranges.ts'
import { accessOf, explain, nodesOf, type PlanNode } from './explained.ts'
import { keyBounds } from './key-bounds.ts'
import { keyIntervals } from './key-ranges.ts'
import { type PlainQuery, readPlainQuery } from './plain-query.ts'
import { rangeCount, rangesOf } from './ranges.ts'
import {
  blocksOf,
  columnsOf,
  findTable,
  type KeyColumn,
  keyOf,
  quotedTable,
  shownTable,
  type Table,
} from './table.ts'

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

export const estimateOf = (plan: PlanNode): Estimate => ({
  rows: plan.rows,
  bytes: plan.rows * plan.width,
  access: accessOf(plan),
})

/** @throws UNSUPPORTED_CLAUSE with the reason if the query cannot be read in ranges; QUERY_FAILED, PERMISSION */
export async function planReads(session: Session, request: ReadsRequest): Promise<ReadsPlan> {
  const whole = await explain(session, request.query)
  const rules = stringRulesOf('postgres', session.stringSetting ?? 'on')
  const plain = readPlainQuery(request.query, rules)
  const table = plain === null ? null : await findTable(session, plain.table)
  if (request.by !== null) return planWrapped(session, request, whole, request.by)
  if (plain === null || table === null)
    throw refusal('the query is not a SELECT of the rows of one table', 'Add BY (column) to divide its rows.')
  return planTable(session, request, whole, plain, table)
}

const refusal = (reason: string, hint: string): BatchQueryError =>
  new BatchQueryError('UNSUPPORTED_CLAUSE', `PARALLEL: ${reason}`, { hint })

async function planTable(
  session: Session,
  request: ReadsRequest,
  whole: PlanNode,
  plain: PlainQuery,
  table: Table,
): Promise<ReadsPlan> {
  const estimate = estimateOf(whole)
  const tables = tablesOf(whole)
  const made = { source: shownTable(table), estimate, tables }
  if (request.consistency === 'SNAPSHOT' && (await hasBlocks(session, whole, table))) {
    const blocks = await blocksOf(session, tables)
    const bytes = 8192 * blocks.reduce((sum, of) => sum + of, 0)
    const intervals = blockIntervals(blocks, rangeCount(request.readers, bytes))
    return { ...made, key: 'ctid', ranges: rangesOf(intervals, plain.where, estimate.rows) }
  }
  const key = await keyOf(session, table)
  if (key === null)
    throw refusal(`${shownTable(table)} has no primary key`, 'Add BY (column) to divide its rows.')
  const count = rangeCount(request.readers, estimate.bytes ?? 0)
  const bounds = await keyBounds(session, table, key.columns, count)
  const intervals = keyIntervals(key.columns, bounds)
  const names = key.columns.map(({ name }) => name).join(', ')
  return { ...made, key: `${key.name} (${names})`, ranges: rangesOf(intervals, plain.where, estimate.rows) }
}

/** Whether all rows of a plan of one table come from tables whose blocks can be read by number. */
async function hasBlocks(session: Session, whole: PlanNode, { storage, kind }: Table): Promise<boolean> {
  const [[version] = []] = await askSession(
    session,
    `SELECT pg_catalog.current_setting('server_version_num')`,
  )
  return (
    Number(version) >= READS_CTID_RANGES &&
    (storage === 'heap' || kind === 'p') &&
    [...nodesOf(whole)].every(({ relation, type }) => relation === '' || SCANS_OF_HEAPS.has(type))
  )
}

/** The base tables of a plan, quoted, each one once. */
const tablesOf = (plan: PlanNode): readonly string[] => [
  ...new Set(
    [...nodesOf(plan)]
      .filter(({ relation }) => relation !== '')
      .map(({ schema, relation }) => quotedTable({ schema, name: relation })),
  ),
]

async function planWrapped(
  session: Session,
  request: ReadsRequest,
  whole: PlanNode,
  by: readonly string[],
): Promise<ReadsPlan> {
  const query = withoutEnd(request.query)
  const names = by.map(name => writeIdentifier([name], 'postgres')).join(', ')
  const divided = await explain(session, `SELECT ${names} FROM (\n${query}\n) AS q`)
  const { table, columns } = await sourceOf(session, divided, by)
  const estimate = estimateOf(whole)
  const bounds = await keyBounds(session, table, columns, rangeCount(request.readers, estimate.bytes ?? 0))
  const nullable = columns.map((column, index) => ({ ...column, name: by[index], isNullable: true }))
  return {
    source: shownTable(table),
    key: `BY (${by.join(', ')})`,
    ranges: rangesOf(
      keyIntervals(nullable, bounds),
      where => `SELECT * FROM (\n${query}\n) AS q WHERE ${where}`,
      estimate.rows,
    ),
    estimate,
    tables: tablesOf(whole),
  }
}

/** The table from which the columns of BY come, by the plan of a query that selects only them. */
async function sourceOf(
  session: Session,
  plan: PlanNode,
  by: readonly string[],
): Promise<{ readonly table: Table; readonly columns: readonly KeyColumn[] }> {
  const scans = [...nodesOf(plan)].filter(({ relation }) => relation !== '')
  const scan =
    scans.find(({ alias }) => plan.output.every(column => ownColumn(column, alias) !== null)) ?? scans[0]
  const table =
    scan === undefined
      ? null
      : await findTable(session, quotedTable({ schema: scan.schema, name: scan.relation }))
  const own = plan.output.map(column => (scan === undefined ? null : ownColumn(column, scan.alias)) ?? '')
  const columns = table === null ? [] : await columnsOf(session, table, own)
  if (table === null || columns.length < by.length)
    throw refusal(
      `BY (${by.join(', ')}) is not a column of a table, but ${plan.output.join(', ')}`,
      'Name columns that the query takes from a table as they are.',
    )
  return { table, columns }
}

/** The name of a column of a table in a plan, such as `o.id`. Null if the expression is anything else. */
function ownColumn(expression: string, alias: string): string | null {
  for (const prefix of [`${alias}.`, `${writeIdentifier([alias], 'postgres')}.`]) {
    if (!expression.startsWith(prefix)) continue
    const name = expression.slice(prefix.length)
    if (/^[a-z_][\w$]*$/.test(name)) return name
    if (/^"(?:[^"]|"")+"$/.test(name)) return name.slice(1, -1).replaceAll('""', '"')
  }
  return null
}
