import { BatchQueryError } from '../../../errors/index.ts'
import { wordsOf } from '../../../sql/dialects/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { ReadsRequest } from '../../parallel-reads.ts'
import { nodesOf, type PlanNode } from './explained.ts'
import { quotedTable } from './table.ts'

const { text } = wordsOf('postgres').literals

export const refusal = (reason: string, hint: string): BatchQueryError =>
  new BatchQueryError('UNSUPPORTED_CLAUSE', `PARALLEL: ${reason}`, { hint })

const WHOLE_HINT = 'Remove it, or remove PARALLEL.'
const LIMIT_REASON = 'LIMIT chooses rows of the whole result, and each session would choose others'

/** Nodes that do something with the whole result. */
const OF_THE_WHOLE: Readonly<Record<string, string>> = {
  Sort: 'ORDER BY puts the whole result in order, which ranges do not keep',
  'Incremental Sort': 'ORDER BY puts the whole result in order, which ranges do not keep',
  Limit: LIMIT_REASON,
  Aggregate: 'an aggregate is over the whole result',
}
/** Above these, a sort belongs to a group, and an order has ended. */
const GROUPS = new Set(['Aggregate', 'Group', 'Unique', 'WindowAgg', 'SetOp'])

/** The words at the end of a query that ranges cannot keep, and the reason. */
const CLAUSES: ReadonlyMap<string, string> = new Map([
  ['ORDER', OF_THE_WHOLE.Sort],
  ...['LIMIT', 'OFFSET', 'FETCH'].map(word => [word, LIMIT_REASON.replace('LIMIT', word)] as const),
  ['FOR', 'FOR UPDATE and FOR SHARE lock rows, which other sessions would wait for'],
])

/**
 * Refuses a query whose rows do not stand each by itself.
 *
 * @param clause the word that begins a clause after the WHERE of the query; empty if there is none
 * @throws UNSUPPORTED_CLAUSE
 */
export function refuseUndividable(plan: PlanNode, clause: string, { consistency }: ReadsRequest): void {
  const reason = CLAUSES.get(clause) ?? reasonAtTop(plan)
  if (reason !== null) throw refusal(reason, WHOLE_HINT)
  for (const { type, relation, expressions } of nodesOf(plan)) {
    if (type === 'ModifyTable')
      throw refusal(
        `the query changes rows of ${relation}`,
        'Run the change in a statement before the export.',
      )
    if (type === 'LockRows') throw refusal(`${CLAUSES.get('FOR')}`, WHOLE_HINT)
    if (type === 'Sample Scan' && !expressions.has('Repeatable Seed'))
      throw refusal(
        `TABLESAMPLE chooses other rows of ${relation} in each session`,
        'Add REPEATABLE (seed) to it.',
      )
    if (type === 'Foreign Scan' && consistency === 'SNAPSHOT')
      throw refusal(
        `${relation || 'a foreign table'} is on another server, which does not share the snapshot`,
        'Export on that server, or accept CONSISTENCY NONE.',
      )
  }
  const aliases = [...nodesOf(plan)].map(({ alias }) => alias).filter(alias => alias !== '')
  if (hasFreeLimit(plan, aliases)) throw refusal(LIMIT_REASON, WHOLE_HINT)
}

/** What the nodes at the top of a plan do with the whole result. */
function reasonAtTop(plan: PlanNode): string | null {
  for (const { type, names } of topOf(plan)) {
    const isPlain = type !== 'Aggregate' || names.get('Strategy') === 'Plain'
    if (isPlain && OF_THE_WHOLE[type] !== undefined) return OF_THE_WHOLE[type]
    if (GROUPS.has(type)) return null
  }
  return null
}

/** The nodes of a plan from its top to its first join, union or table. */
function* topOf(plan: PlanNode): Generator<PlanNode> {
  yield plan
  const [child, ...others] = ownChildren(plan)
  if (child !== undefined && others.length === 0) yield* topOf(child)
}

/** Whether window functions are among the values of a query. Then a condition on its rows changes the values. */
export const hasWindows = (plan: PlanNode): boolean =>
  [...topOf(plan)].some(({ type }) => type === 'WindowAgg')

/** The children that give a node its rows, without the queries whose values it uses. */
export const ownChildren = ({ children }: PlanNode): readonly PlanNode[] =>
  children.filter(({ relationship }) => relationship !== 'InitPlan' && relationship !== 'SubPlan')

/**
 * Whether a LIMIT chooses rows of a list of tables, for which each session would choose others. One that depends on a row of another table
 * (LATERAL) chooses for that row only, and one in a query of a value chooses the value. If nothing puts the rows of such a query in order,
 * the value is any.
 */
function hasFreeLimit(node: PlanNode, aliases: readonly string[], isOfValue = false): boolean {
  const { type, children } = node
  if (type === 'Limit' && (isOfValue ? children[0]?.type === 'Seq Scan' : !dependsOn(node, aliases)))
    return true
  return children.some(child => {
    if (child.relationship === 'SubPlan') return false
    return hasFreeLimit(child, aliases, isOfValue || child.relationship === 'InitPlan')
  })
}

/** Whether an expression of a part of a plan names a table that is not in the part. */
function dependsOn(part: PlanNode, aliases: readonly string[]): boolean {
  const nodes = [...nodesOf(part)]
  const own = new Set(nodes.map(({ alias }) => alias))
  const others = aliases.filter(alias => !own.has(alias)).map(alias => `(${alias}.`)
  const inside = nodes.flatMap(({ expressions }) => [...expressions.values()])
  // Expressions name columns behind a parenthesis or a space.
  return inside.some(sql => others.some(other => sql.replaceAll(' ', '(').includes(other)))
}

/** The base tables of a plan, quoted, each one once. */
export const tablesOf = (plan: PlanNode): readonly string[] => [
  ...new Set(
    [...nodesOf(plan)]
      .filter(({ relation }) => relation !== '')
      .map(({ schema, relation }) => quotedTable({ schema, name: relation })),
  ),
]

/** @throws UNSUPPORTED_CLAUSE for a table that only this session sees */
export async function refuseTemporary(session: Session, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return
  const [[name] = []] = await askSession(
    session,
    `SELECT c.relname FROM pg_catalog.unnest(ARRAY[${tables.map(text).join(', ')}]) AS t (name)
     JOIN pg_catalog.pg_class c ON c.oid = t.name::pg_catalog.regclass WHERE c.relpersistence = 't' LIMIT 1`,
  )
  if (name != null)
    throw refusal(
      `${name} is a temporary table, which no other session sees`,
      'Use a table that is not temporary, or remove PARALLEL.',
    )
}
