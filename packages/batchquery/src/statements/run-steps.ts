import type { Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { chooseMode, type Exportable, type ExportMode, nativeNeedsOf } from '../export/index.ts'
import { type Dialect, exportHint } from '../sql/index.ts'
import type { ExportStep, PlannedExport } from './run-export.ts'
import { warnOfSpills } from './spill-warning.ts'
import type { SqlTask, Step } from './sql-task.ts'

/** How a caller uses the steps of a task. */
export interface StepsUse {
  /** Ends the task before the next step. `stopOnAbort` stops the running one. */
  readonly signal: AbortSignal
  /** Whether the server or this process writes exports. @default 'streamed' */
  readonly mode?: ExportMode
  /** Takes a sentence about what may go wrong later, before the first step. @default - nothing looks ahead */
  readonly warn?: (text: string) => void
  /** Whether the caller needs no further step. @default - never */
  readonly isOver?: () => boolean
  /** Runs a step with `runStatement`, `queryRows` or `runExportStep`. An error becomes the error of the step. */
  readonly run: (step: Step, exported: ExportStep | null) => Promise<void>
}

/**
 * Runs the statements of a task one after the other in a session. After each one it reads the rest again if the session reads strings
 * otherwise. It asks the server only at moments that no statement of the task can see: before the first one, and after the last one.
 *
 * @throws as `SqlTask.stepsIn`; the error of a step, with its number and line; the signal's reason
 */
export async function runSteps(task: SqlTask, session: Session, use: StepsUse): Promise<void> {
  const { signal, mode = 'streamed', isOver, run } = use
  const steps = task.stepsIn(session)
  let announced = steps.all
  const announceNext = async (from: number): Promise<void> => {
    announced = steps.all
    const next = announced.slice(from).find(({ exported }) => exported !== null)?.exported
    if (next) await session.announce(next.plan.format)
  }
  const needs = await nativeNeedsOf(mode, exportables(steps.all), session)
  const decide = ({ exported, isLast }: Step): ExportStep | null =>
    exported && { ...exported, ...chooseMode(mode, exportable(exported), session, needs), isLast }
  if (use.warn !== undefined) await warnOfSpills(steps.all, session, use.warn)
  await announceNext(0)
  try {
    for (const step of steps) {
      signal.throwIfAborted()
      if (isOver?.()) break
      const isReadAgain = announced !== steps.all
      if (step.exported !== null || isReadAgain) await announceNext(step.number)
      await asStep(step, session.dialect, () => run(step, decide(step)))
    }
  } catch (error) {
    // They may say why it failed.
    if (!signal.aborted) await session.deliverLateWarnings().catch(() => {})
    throw error
  }
  await session.deliverLateWarnings()
}

/** An export, as far as its writer depends on it. */
export const exportable = ({ statement, plan: { format, destination } }: PlannedExport): Exportable => ({
  statement,
  format,
  destination,
})

export const exportables = (steps: readonly Step[]): Exportable[] =>
  steps.flatMap(({ exported }) => exported ?? []).map(exportable)

/** Adds the number and the line of the step to an error, and a hint if the server has none for what the user meant. */
async function asStep(
  { number, statement, exported }: Step,
  dialect: Dialect,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    const { code, message, hint, retryable, exitCode } = BatchQueryError.from(thrown)
    const meant = exported === null ? exportHint(statement, dialect, message) : null
    throw new BatchQueryError(code, `statement ${number} (line ${statement.line}): ${message}`, {
      hint: meant ?? hint ?? 'Correct the statement, then run again.',
      cause: thrown,
      retryable,
      exitCode,
    })
  }
}
