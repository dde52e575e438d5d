import type { ServerWarning, Session } from '../database/database.ts'
import {
  type ChosenMode,
  type ExportContext,
  type ExportPlan,
  type ExportResult,
  runExport,
  runNativeExport,
} from '../export/index.ts'
import type { InvalidDates } from '../format/index.ts'
import { quoted } from '../platform/index.ts'
import type { ExportStatement } from '../sql/index.ts'

/** An export as the statement writes it, and as it will run. */
export interface PlannedExport {
  readonly statement: ExportStatement
  readonly plan: ExportPlan
}

/** An export whose writer is known: the server, or this process. */
export interface ExportStep extends PlannedExport, ChosenMode {
  /** Whether no statement of the task follows. */
  readonly isLast: boolean
}

/**
 * The session and the journal of an export. The caller supplies them, so an export can run in any thread, process or machine: the journal
 * may send its steps to the owner of the run.
 */
export interface ExportWork extends Omit<ExportContext, 'isLast'> {
  readonly session: Session
  /** Takes the server's warnings before the counts are reported. */
  readonly warnings: (warnings: readonly ServerWarning[]) => void
}

/** The published result of an export. */
export interface Published {
  /** The destination, absolute. */
  readonly uri: string
  readonly rows: number
  /** As the store has them. */
  readonly bytes: number
  readonly parts: readonly { readonly uri: string; readonly bytes: number }[]
}

/** Runs an export from its query to its publication. @throws as `runExport` and `runNativeExport` */
export async function runExportStep(step: ExportStep, work: ExportWork): Promise<Published> {
  const { mode, statement, plan } = step
  return mode === 'native' ? runNativeExport(work.session, statement, plan, work) : streamExport(step, work)
}

/** Runs an export whose rows pass through this process. @throws as `runExport` */
export async function streamExport(
  { plan, isLast }: Pick<ExportStep, 'plan' | 'isLast'>,
  work: ExportWork,
): Promise<ExportResult['staged']> {
  const { staged, warnings } = await runExport(work.session, plan, { ...work, isLast })
  work.warnings(warnings)
  const { uri, invalidDates = [] } = staged
  if (invalidDates.length > 0) work.warn(`${uri}: ${invalidDatesText(invalidDates)}`)
  return staged
}

/** A warning names so many columns. The record and the manifest have more. */
const MOST_NAMED = 10

function invalidDatesText(invalidDates: readonly InvalidDates[]): string {
  const named = invalidDates
    .slice(0, MOST_NAMED)
    .map(({ column, count }) => `${count} ${count === 1 ? 'date' : 'dates'} of column ${quoted(column)}`)
  const others = invalidDates.slice(MOST_NAMED)
  const count = others.reduce((sum, other) => sum + other.count, 0)
  if (count > 0) named.push(`${count} dates of ${others.length} other columns`)
  return `${named.join(', ')}: not in the calendar (such as 0000-00-00 and 2024-02-00), so NULL was written`
}
