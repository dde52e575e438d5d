import type { Session } from '../../database.ts'
import type { ReadRange } from '../../parallel-reads.ts'
import { explain, nodesOf, type PlanNode } from './explained.ts'
import { blocksOf, quotedTable, type Table } from './table.ts'
import { ownChildren, refusal } from './undividable.ts'

/** Every range may read a smaller table as a whole: 8 MB. */
export const SMALL_BLOCKS = 1_000
const INDEX_SCANS = new Set(['Index Scan', 'Index Only Scan'])

/** A table that a plan reads from its first row to its last. */
interface WholeRead {
  /** Quoted for SQL. */
  readonly table: string
  /** In the words of EXPLAIN. */
  readonly words: string
}

/** The tables of more than 8 MB that each range would read as a whole: those that its first, middle and last ranges read so. */
async function wholeReads(
  session: Session,
  ranges: readonly Pick<ReadRange, 'query'>[],
): Promise<readonly WholeRead[]> {
  if (ranges.length < 2) return []
  const chosen = new Set([0, Math.floor(ranges.length / 2), ranges.length - 1])
  let common: readonly WholeRead[] | null = null
  for (const index of chosen) {
    const plan = await explain(session, ranges[index].query)
    // From version 17 on, the range of NULL reads nothing if the column is NOT NULL.
    if (![...nodesOf(plan)].some(({ relation }) => relation !== '')) continue
    const reads = wholeReadsOf(plan)
    common = (common ?? reads).filter(({ table }) => reads.some(read => read.table === table))
  }
  const candidates = common ?? []
  const blocks = await blocksOf(
    session,
    candidates.map(({ table }) => table),
  )
  return candidates.filter((_, index) => blocks[index] >= SMALL_BLOCKS)
}

const wholeReadsOf = (plan: PlanNode): readonly WholeRead[] =>
  [...nodesOf(plan)].flatMap(({ type, schema, relation, expressions }) => {
    const isWhole = type === 'Seq Scan' || (INDEX_SCANS.has(type) && !expressions.has('Index Cond'))
    if (!isWhole || relation === '') return []
    const filter = expressions.get('Filter')
    return [
      {
        table: quotedTable({ schema, name: relation }),
        words: `${type} on ${relation}${filter === undefined ? '' : `, Filter: ${filter}`}`,
      },
    ]
  })

/** @throws UNSUPPORTED_CLAUSE if each range would read a whole table, in the words of EXPLAIN */
export async function refuseWholeReads(
  session: Session,
  ranges: readonly Pick<ReadRange, 'query'>[],
  key: string,
): Promise<void> {
  const [read] = await wholeReads(session, ranges)
  if (read === undefined) return
  throw refusal(
    `each range of ${key} would read the whole table (${read.words})`,
    'Name columns in BY that begin an index of the table, or remove PARALLEL.',
  )
}

/**
 * Refuses ranges of a result in which each row depends on rows of other ranges: a window function, or DISTINCT ON. Sessions may order equal
 * rows differently, so a row could be in two ranges or in none. It is safe if the server applies the bounds of a range below them.
 *
 * @param by the tables from which the columns of BY come
 * @throws UNSUPPORTED_CLAUSE
 */
export async function refuseRowsOfOthers(
  session: Session,
  whole: PlanNode,
  ranges: readonly Pick<ReadRange, 'query'>[],
  by: readonly Table[],
): Promise<void> {
  if (ranges.length < 2 || ![...nodesOf(whole)].some(isOverRows)) return
  const middle = Math.floor(ranges.length / 2)
  const plan = await explain(session, ranges[middle].query)
  const others = [whole, await explain(session, ranges[middle - 1].query)]
  const known = new Set(others.flatMap(other => [...nodesOf(other)].flatMap(comparisons)))
  for (const node of nodesOf(plan)) {
    if (!isOverRows(node) || !mayRead(node, by)) continue
    const isDivided = ownChildren(node).some(child =>
      [...nodesOf(child)].some(below => comparisons(below).some(sql => !known.has(sql))),
    )
    if (!isDivided)
      throw refusal(
        `${node.type === 'Unique' ? 'DISTINCT ON' : 'a window function'} reads rows of more than one range`,
        'Name columns in BY that are in its PARTITION BY or DISTINCT ON, or remove PARALLEL.',
      )
  }
}

const isOverRows = ({ type }: PlanNode): boolean => type === 'WindowAgg' || type === 'Unique'

/** The conditions of a node that could be bounds. Those that another range does not have are its bounds. */
const comparisons = ({ expressions }: PlanNode): readonly string[] =>
  ['Filter', 'Index Cond', 'Recheck Cond'].flatMap(name => {
    const sql = expressions.get(name) ?? ''
    return /[<>]/.test(sql) ? [sql] : []
  })

/** A common table expression is elsewhere in the plan. */
const mayRead = (node: PlanNode, tables: readonly Table[]): boolean =>
  [...nodesOf(node)].some(
    ({ type, schema, relation }) =>
      type === 'CTE Scan' ||
      type === 'WorkTable Scan' ||
      tables.some(table => table.schema === schema && table.name === relation),
  )
