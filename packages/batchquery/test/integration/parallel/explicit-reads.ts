import type {
  Burden,
  Moment,
  MomentOpening,
  ParallelReads,
  ReadRange,
  SessionState,
} from '../../../src/database/parallel-reads.ts'

/** How explicit ranges are read. */
export interface ExplicitReads {
  /** Conditions; together they have every row once. */
  readonly where: readonly string[]
  readonly estimatedRows?: number
  readonly state?: SessionState
  /** Statements of the readers before their first range. @default - they share nothing */
  readonly begin?: readonly string[]
  readonly join?: readonly string[]
  readonly level?: Moment['level']
  readonly burden?: () => Burden
  readonly confirm?: () => Promise<void>
  /** Called with the opening, before the moment is open. */
  readonly opening?: (opening: MomentOpening) => Promise<void>
  readonly room?: ParallelReads['room']
}

/** Parallel reads whose ranges the test chooses. */
export function explicitReads(reads: ExplicitReads): ParallelReads & { readonly closed: () => number } {
  let closed = 0
  const estimate = { rows: reads.estimatedRows ?? null, bytes: null, access: [] }
  return {
    closed: () => closed,
    state: async () => reads.state ?? { setup: [], check: 'SELECT 1, 1', expected: [] },
    estimate: async () => estimate,
    plan: async (_session, { query }) => ({
      source: 'test',
      key: 'explicit conditions',
      tables: [],
      estimate,
      ranges: reads.where.map(
        (where, index): ReadRange => ({
          number: 100 * (index + 1),
          query: `SELECT * FROM (${query}) AS q WHERE ${where}`,
          where,
          rows: null,
        }),
      ),
    }),
    checkMoment: async () => ({ notes: ['The test locks nothing.'] }),
    frozenPosition: async () => ({ position: null, why: 'the test has none' }),
    ...(reads.room && { room: reads.room }),
    openMoment: async opening => {
      await reads.opening?.(opening)
      await opening.readers(reads.begin ?? [])
      return {
        level: reads.level ?? 'snapshot',
        at: 'moment of the test',
        ...(reads.join && { join: reads.join }),
        burden: async () => reads.burden?.() ?? null,
        confirm: async () => reads.confirm?.(),
        close: async () => {
          closed++
        },
      }
    },
  }
}
