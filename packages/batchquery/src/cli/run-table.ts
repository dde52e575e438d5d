import prettyBytes from 'pretty-bytes'
import { durationText } from '../platform/index.ts'
import type { RunRecord } from '../run/index.ts'
import type { Store } from '../store/index.ts'
import type { ShownRun } from '../submit/listed-runs.ts'
import { cellText, displayWidth } from './cell-text.ts'
import { secondsTaken } from './run-times.ts'
import { alignedTable } from './table.ts'

const HEADING = ['RUN', 'STATE', 'CREATED', 'TIME', 'ROWS', 'SIZE', 'ERROR', 'TASK']
const NUMBERS = new Set(['TIME', 'ROWS', 'SIZE'])
/** In columns of the terminal: of others' texts. */
const WIDEST = 100

/** The columns that a narrow terminal does without, the first one first: most ids have the time in them. */
const DISPENSABLE = ['CREATED', 'SIZE', 'ROWS']

/** The part of a home that the table needs. */
export interface TableHome {
  readonly settings: { readonly bucket: string }
  readonly store: Pick<Store, 'uriOf'>
}

/** The runs for people, a line for each. */
export const runTable = (runs: readonly ShownRun[], home: TableHome, now: Date): string =>
  alignedTable([HEADING, ...runs.map(run => rowOf(run, home, now))], NUMBERS)

/** As `runTable`, with as many of its columns as a terminal has room for. @param width of the terminal; 0 if it does not know */
export function narrowRunTable(runs: readonly ShownRun[], home: TableHome, now: Date, width: number): string {
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

function rowOf(run: ShownRun, home: TableHome, now: Date): string[] {
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

/** A task that went with its run by its own name, one of script/ by its path there, another one by its URI. */
export function taskText({ id, task }: RunRecord, { settings, store }: TableHome): string {
  const own = [`runs/${id}/task/`, 'script/'].find(
    folder => task.bucket === settings.bucket && task.key.startsWith(folder) && task.key !== folder,
  )
  return own === undefined ? store.uriOf(task) : task.key.slice(own.length)
}
