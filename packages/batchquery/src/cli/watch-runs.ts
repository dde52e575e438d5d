import { setTimeout } from 'node:timers/promises'
import type { Log } from '../platform/index.ts'
import type { ShownRun } from '../run/index.ts'
import type { FollowedRuns } from '../submit/followed-runs.ts'
import { type TaskHome, taskText } from '../submit/task-text.ts'
import { cellText } from './cell-text.ts'
import type { Output } from './output.ts'
import { stateText } from './run-table.ts'
import { Screen, type TerminalSize } from './screen.ts'

const INTERVAL_MS = 2_000

/** Warnings that wait until the screen is erased. */
export class WaitingWarnings {
  #texts: string[] = []

  warn(text: string): void {
    this.#texts.push(text)
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0
  }

  flush(log: Log): void {
    for (const text of this.#texts) log.warn(text)
    this.#texts = []
  }
}

/** Redraws the list of runs every 2 s, until the terminal closes. @param draw returns the list as text */
export async function drawRuns(
  follow: (log: WaitingWarnings) => FollowedRuns,
  draw: (runs: readonly ShownRun[]) => string,
  output: Output,
  size: TerminalSize,
  log: Log,
): Promise<void> {
  const screen = new Screen(output, size)
  const warnings = new WaitingWarnings()
  const runs = follow(warnings)
  await everyRound(output, async () => {
    const listed = await runs.list()
    if (!warnings.isEmpty) await screen.clear()
    warnings.flush(log)
    await screen.draw(draw(listed))
  })
}

/** Prints each change of a run's state, until the reader of stdout closes it. */
export async function printChanges(
  runs: FollowedRuns,
  print: (run: ShownRun) => Promise<void>,
  output: Output,
): Promise<void> {
  await everyRound(output, async () => {
    for (const run of await runs.changes()) await print(run)
  })
}

async function everyRound(output: Output, round: () => Promise<void>): Promise<void> {
  const { closed } = output
  while (!closed.aborted) {
    await round()
    // It rejects only when the signal aborts.
    await setTimeout(INTERVAL_MS, undefined, { signal: closed }).catch(() => {})
  }
}

/** The time, the run, its state, its task and the code of its error, separated by tabs. */
export function changeLine(run: ShownRun, home: TaskHome): string {
  const { id, createdAt, startedAt, endedAt, error } = run
  const fields = [endedAt ?? startedAt ?? createdAt, id, stateText(run), taskText(run, home)]
  return [...fields, ...(error === null ? [] : [error.code])]
    .map(field => cellText(field, Number.POSITIVE_INFINITY, false))
    .join('\t')
}
