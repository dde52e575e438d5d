import * as v from 'valibot'
import { BatchQueryError } from '../../errors/index.ts'
import type { Log } from '../../platform/index.ts'
import type { OwnedRun } from '../../run/index.ts'
import type { ReportHandler, ReportHandlers } from './reports.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const progressReport = v.object({
  rows: v.optional(count),
  bytes: v.optional(count),
  parts: v.optional(count),
  message: v.optional(v.string()),
})

const outputReport = v.object({
  uri: v.pipe(v.string(), v.minLength(1), v.maxLength(2_048)),
  rows: v.optional(v.nullable(count), null),
  bytes: v.optional(v.nullable(count), null),
})

const text = v.pipe(v.string(), v.minLength(1))

const failureReport = v.object({
  message: text,
  hint: v.optional(v.nullable(text), null),
  retryable: v.optional(v.boolean()),
})

/** The reason of a script for its failure. */
export type Failure = v.InferOutput<typeof failureReport>

/** The reports of every script: progress, outputs, warnings, and the reason of a failure. */
export class RunReports {
  readonly handlers: ReportHandlers
  readonly #run: OwnedRun
  readonly #log: Log
  readonly #onProgress: () => void
  readonly #reached = { rows: 0, bytes: 0, parts: 0 }
  #failure: Failure | null = null

  /** @param onProgress called with the first totals */
  constructor(run: OwnedRun, log: Log, onProgress: () => void) {
    this.#run = run
    this.#log = log
    this.#onProgress = onProgress
    const takers: [string, (value: unknown) => void][] = [
      ['progress', value => this.#addProgress(read(progressReport, value))],
      ['output', value => run.notes.addOutput(read(outputReport, value))],
      ['warning', value => run.warn(read(text, value))],
      ['failure', value => this.#fail(read(failureReport, value))],
    ]
    this.handlers = new Map(
      takers.map(([name, take]): [string, ReportHandler] => [
        name,
        async value => {
          take(value)
          return {}
        },
      ]),
    )
  }

  /** The last reported failure. It counts only if the script then fails. */
  get failure(): Failure | null {
    return this.#failure
  }

  #fail(failure: Failure): void {
    this.#failure = failure
  }

  #addProgress({ message, ...totals }: v.InferOutput<typeof progressReport>): void {
    const reached = this.#reached
    for (const name of ['rows', 'bytes', 'parts'] as const) {
      const total = totals[name] ?? 0
      // A smaller total means that the script began to count again.
      if (total <= reached[name]) continue
      this.#run.notes.addProgress({ [name]: total - reached[name] })
      if (Object.values(reached).every(count => count === 0)) this.#onProgress()
      reached[name] = total
    }
    if (message !== undefined) this.#log.info(message)
  }
}

function read<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  throw new BatchQueryError('USAGE', `${v.getDotPath(issue) ?? 'the report'}: ${issue.message}`, {
    hint: 'Use the fields of a report that docs/scripts.md lists.',
  })
}
