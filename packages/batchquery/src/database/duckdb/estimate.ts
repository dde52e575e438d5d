import { askSession } from '../ask-session.ts'
import type { Session } from '../database.ts'
import type { Estimate } from '../parallel-reads.ts'

/** What EXPLAIN says of an operator of a plan. */
interface Operator {
  /** `SEQ_SCAN`, `HASH_JOIN`. */
  readonly name: string
  /** The table that it scans; empty if it scans none. */
  readonly table: string
  /** Null if DuckDB does not estimate its rows. */
  readonly rows: number | null
}

/** The rows that DuckDB expects of a query, which does not run. @throws QUERY_FAILED for a query that DuckDB refuses */
export async function estimateQuery(session: Session, query: string): Promise<Estimate> {
  const [[, text] = []] = await askSession(session, `EXPLAIN (FORMAT JSON)\n${query}`)
  const plan: unknown = JSON.parse(text ?? '[]')
  const operators = [...operatorsOf(plan)]
  return {
    // The upper operators have none if they only rename or order rows.
    rows: operators.find(({ rows }) => rows !== null)?.rows ?? null,
    bytes: null,
    access: operators.filter(({ table }) => table !== '').map(({ table, name }) => `${table}: ${name}`),
  }
}

/** The operators of a plan, those above before those below. */
function* operatorsOf(value: unknown): Generator<Operator> {
  if (Array.isArray(value)) {
    for (const item of value) yield* operatorsOf(item)
    return
  }
  if (value === null || typeof value !== 'object') return
  const fields = new Map<string, unknown>(Object.entries(value))
  const info = fields.get('extra_info')
  const facts = new Map<string, unknown>(
    info !== null && typeof info === 'object' ? Object.entries(info) : [],
  )
  const rows = Number(facts.get('Estimated Cardinality') ?? 0)
  yield {
    name: String(fields.get('name') ?? '').trim(),
    table: String(facts.get('Table') ?? ''),
    rows: rows > 0 ? rows : null,
  }
  yield* operatorsOf(fields.get('children'))
}
