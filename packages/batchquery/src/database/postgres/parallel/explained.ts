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
  /** Its conditions, sort keys, and other expressions, by their names in EXPLAIN. */
  readonly expressions: ReadonlyMap<string, string>
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
    .map(({ relation, type, expressions }) => {
      const index = expressions.get('Index Name')
      return `${relation}: ${type}${index === undefined ? '' : ` using ${index}`}`
    })

function nodeOf(value: unknown): PlanNode {
  const fields = value !== null && typeof value === 'object' ? Object.entries(value) : []
  const expressions = new Map<string, string>()
  for (const [name, field] of fields) {
    if (typeof field === 'string') expressions.set(name, field)
    else if (Array.isArray(field) && name !== 'Plans' && name !== 'Output')
      expressions.set(name, field.filter(item => typeof item === 'string').join(', '))
  }
  const text = (name: string): string => expressions.get(name) ?? ''
  return {
    type: text('Node Type'),
    relationship: text('Parent Relationship'),
    schema: text('Schema'),
    relation: text('Relation Name'),
    alias: text('Alias'),
    cost: numberOf(entry(value, 'Total Cost')),
    rows: numberOf(entry(value, 'Plan Rows')),
    width: numberOf(entry(value, 'Plan Width')),
    output: listOf(entry(value, 'Output')).map(String),
    expressions,
    children: listOf(entry(value, 'Plans')).map(nodeOf),
  }
}

const entry = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object'
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)
