import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'

/** A node of a plan, as EXPLAIN (VERBOSE, FORMAT JSON) has it. */
export interface PlanNode {
  /** `Seq Scan`, `Aggregate`. */
  readonly type: string
  /** What it is for the node above: `Outer`, `InitPlan`. Empty at the top. */
  readonly relationship: string
  readonly schema: string
  /** The table that it scans; empty if it scans none. */
  readonly relation: string
  readonly alias: string
  /** The estimated cost of all its rows, in the units of the planner. */
  readonly cost: number
  readonly rows: number
  /** Bytes of a row. */
  readonly width: number
  /** The expressions of its columns. */
  readonly output: readonly string[]
  /** Its conditions, sort keys and calls, by their names in EXPLAIN: `Index Cond`. */
  readonly expressions: ReadonlyMap<string, string>
  /** Its other texts: `Index Name`, `Strategy`. */
  readonly names: ReadonlyMap<string, string>
  readonly children: readonly PlanNode[]
}

/** The plan of a query, which does not run. @throws QUERY_FAILED, PERMISSION for a query that the server refuses */
export async function explain(session: Session, query: string): Promise<PlanNode> {
  const rows = await askSession(session, `EXPLAIN (VERBOSE, FORMAT JSON)\n${query}`)
  const plans: unknown = JSON.parse(rows[0]?.[0] ?? '[]')
  const [first] = listOf(plans)
  return nodeOf(entry(first, 'Plan'))
}

/** A node and all nodes below it. */
export function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node
  for (const child of node.children) yield* nodesOf(child)
}

/** How a plan reads its tables, in the words of EXPLAIN: `orders: Index Scan using orders_pkey`. */
export const accessOf = (plan: PlanNode): readonly string[] =>
  [...nodesOf(plan)]
    .filter(({ relation }) => relation !== '')
    .map(({ relation, type, names }) => {
      const index = names.get('Index Name')
      return `${relation}: ${type}${index === undefined ? '' : ` using ${index}`}`
    })

/** The names of what EXPLAIN prints as SQL. */
const IS_SQL = /(?:Cond|Filter|Key|Call|Order By|Parameters|Seed)$/

function nodeOf(value: unknown): PlanNode {
  const fields = value !== null && typeof value === 'object' ? Object.entries(value) : []
  const expressions = new Map<string, string>()
  const names = new Map<string, string>()
  for (const [name, field] of fields) {
    const shown = Array.isArray(field) ? field.filter(isText).join(', ') : field
    if (typeof shown === 'string') (IS_SQL.test(name) ? expressions : names).set(name, shown)
  }
  const name = (of: string): string => names.get(of) ?? ''
  return {
    type: name('Node Type'),
    relationship: name('Parent Relationship'),
    schema: name('Schema'),
    relation: name('Relation Name'),
    alias: name('Alias'),
    cost: numberOf(entry(value, 'Total Cost')),
    rows: numberOf(entry(value, 'Plan Rows')),
    width: numberOf(entry(value, 'Plan Width')),
    output: listOf(entry(value, 'Output')).filter(isText),
    expressions,
    names,
    children: listOf(entry(value, 'Plans')).map(nodeOf),
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'

const entry = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object'
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)
