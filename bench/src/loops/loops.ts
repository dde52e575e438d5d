import { mysqlAnswer } from './mysql-answer.ts'
import { postgresAnswer } from './postgres-answer.ts'
import { type LoopTable, NARROW, WIDE } from './rows.ts'

/** One loop, on rows of one table. */
export interface Loop {
  /** The name that --only matches. */
  readonly id: string
  readonly dialect: 'mysql' | 'postgres'
  readonly format: 'TEXT' | 'CSV' | 'JSON'
  readonly table: LoopTable
  /** How often the answer is read per turn, so that a turn of each loop takes about as long. */
  readonly passes: number
}

const DIALECTS = ['mysql', 'postgres'] as const
const FORMATS = ['TEXT', 'CSV', 'JSON'] as const

export const LOOPS: readonly Loop[] = DIALECTS.flatMap(dialect =>
  FORMATS.flatMap(format =>
    [NARROW, WIDE].map(table => ({
      id: `${dialect}/${format.toLowerCase()}/${table.name}`,
      dialect,
      format,
      table,
      passes: dialect === 'postgres' && format !== 'JSON' ? 80 : 20,
    })),
  ),
)

/** The input of the loop: rows of about this many bytes in total. */
export function answerFor({ dialect, format, table }: Loop, bytes: number): Buffer {
  const answer = (rows: number): Buffer =>
    dialect === 'mysql' ? mysqlAnswer(table, rows, format === 'CSV') : postgresAnswer(table, rows, format)
  const SAMPLE_ROWS = 1000
  return answer(Math.ceil((bytes / answer(SAMPLE_ROWS).length) * SAMPLE_ROWS))
}
