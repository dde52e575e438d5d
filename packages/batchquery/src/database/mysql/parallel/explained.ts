import type { Session } from '../../database.ts'

/** A table of a plan, as EXPLAIN has it. */
export interface PlanRow {
  /** The number of its SELECT. */
  readonly id: string
  /** `SIMPLE`, `SUBQUERY`. */
  readonly select: string
  /** Its alias; empty if the plan reads no table here. */
  readonly table: string
  /** `range`, `ALL`. */
  readonly type: string
  /** The index; empty for none. */
  readonly key: string
  /** Estimated rows that are read. */
  readonly rows: number
  /** The share of them that is used, from 0 to 1. */
  readonly filtered: number
  readonly extra: string
}

/** The plan of a query, which does not run. @throws QUERY_FAILED, PERMISSION for a query that the server refuses */
export async function explain(session: Session, query: string): Promise<readonly PlanRow[]> {
  const { results } = await session.execute(`EXPLAIN FORMAT=TRADITIONAL\n${query}`, 1_000)
  const { columns, rows } = results[0] ?? { columns: [], rows: [] }
  const places = new Map(columns.map((column, at) => [column.toLowerCase(), at]))
  return rows.map(row => {
    const value = (name: string): string => row[places.get(name) ?? -1] ?? ''
    const filtered = value('filtered')
    return {
      ...{
        id: value('id'),
        select: value('select_type'),
        table: value('table'),
        type: value('type'),
        key: value('key'),
      },
      ...{ rows: Number(value('rows')), filtered: filtered === '' ? 1 : Number(filtered) / 100 },
      extra: value('extra'),
    }
  })
}

const OF_THE_QUERY = new Set(['SIMPLE', 'PRIMARY'])

/** The rows of a plan's query as the server estimates them. */
export const rowsOf = (plan: readonly PlanRow[]): number =>
  plan
    .filter(({ select }) => OF_THE_QUERY.has(select))
    .reduce((rows, row) => rows * row.rows * row.filtered, 1)

/** How many rows of tables a plan reads, as the server estimates them, without those that it reads for each row of another query. */
export function rowsRead(plan: readonly PlanRow[]): number {
  let sum = 0
  const before = new Map<string, number>()
  for (const { id, select, table, rows, filtered } of plan) {
    if (select.startsWith('DEPENDENT')) continue
    const outer = before.get(id) ?? 1
    if (!isDerived(table)) sum += outer * rows
    before.set(id, outer * rows * filtered)
  }
  return sum
}

/** The rows of another SELECT of the plan: `<derived2>`. */
export const isDerived = (table: string): boolean => table.startsWith('<')

/** `orders: range PRIMARY`. */
export const accessOf = ({ table, type, key }: PlanRow): string =>
  [`${table}:`, type === '' ? 'no rows' : type, key].filter(word => word !== '').join(' ')
