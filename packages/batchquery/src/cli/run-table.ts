import prettyBytes from 'pretty-bytes'
import { durationText } from '../platform/index.ts'
import type { ShownRun } from '../run/index.ts'
import { secondsTaken } from '../submit/run-times.ts'
import { type TaskHome, taskText } from '../submit/task-text.ts'
import { cellText, displayWidth } from './cell-text.ts'

const HEADING = ['RUN', 'STATE', 'CREATED', 'TIME', 'ROWS', 'SIZE', 'ERROR', 'TASK']
const NUMBERS = new Set(['TIME', 'ROWS', 'SIZE'])
/** The widest error code or task, in columns of the terminal. */
const WIDEST = 100

/** The columns that a narrow terminal omits, in this order. CREATED is first, because most ids contain the time. */
const DISPENSABLE = ['CREATED', 'SIZE', 'ROWS']

/** The runs as a table for the user. */
export const runTable = (runs: readonly ShownRun[], home: TaskHome, now: Date): string =>
  alignedTable([HEADING, ...runs.map(run => rowOf(run, home, now))], NUMBERS)

/** As `runTable`, with as many columns as fit into a terminal. @param width of the terminal; 0 if unknown */
export function narrowRunTable(runs: readonly ShownRun[], home: TaskHome, now: Date, width: number): string {
  const rows = [HEADING, ...runs.map(run => rowOf(run, home, now))]
  const without = (columns: readonly string[]): string =>
    alignedTable(
      rows.map(row => row.filter((_, at) => !columns.includes(HEADING[at]))),
      NUMBERS,
    )
  const fits = (text: string): boolean =>
    width === 0 || text.split('\n').every(line => displayWidth(line) < width)
  const narrower = DISPENSABLE.map((_, at) => without(DISPENSABLE.slice(0, at)))
  return narrower.find(fits) ?? without(DISPENSABLE)
}

function rowOf(run: ShownRun, home: TaskHome, now: Date): string[] {
  const taken = secondsTaken(run, now)
  return [
    run.id,
    stateText(run),
    run.createdAt.replace(/\.\d+Z$/, 'Z'),
    taken === null ? '' : durationText(taken),
    run.progress.rows.toLocaleString('en-US'),
    prettyBytes(run.progress.bytes),
    cellText(run.error?.code ?? '', WIDEST, false),
    cellText(taskText(run, home), WIDEST, false),
  ]
}

export const stateText = ({ state, dead }: ShownRun): string => (dead ? `${state}, dead` : state)

/** Columns of text, separated by two spaces. The first row is the heading. Numbers are aligned to the right. */
function alignedTable(rows: readonly (readonly string[])[], numbers: ReadonlySet<string>): string {
  const [heading = []] = rows
  const widths = heading.map((_, column) => Math.max(...rows.map(row => displayWidth(row[column] ?? ''))))
  const pad = (text: string, column: number): string => {
    const space = ' '.repeat((widths[column] ?? 0) - displayWidth(text))
    return numbers.has(heading[column] ?? '') ? space + text : text + space
  }
  return rows.map(row => row.map(pad).join('  ').trimEnd()).join('\n')
}
