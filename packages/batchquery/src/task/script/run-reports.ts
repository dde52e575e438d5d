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

const warningReport = v.pipe(v.string(), v.minLength(1))

/**
 * What every script may report of its run: how far it is, what it has made, and what is to be heeded.
 *
 * @param onProgress called when the first totals come
 */
export function runReports(run: OwnedRun, log: Log, onProgress: () => void): ReportHandlers {
  const reached = { rows: 0, bytes: 0, parts: 0 }
  const progress: ReportHandler = async value => {
    const { message, ...totals } = read(progressReport, value)
    for (const name of ['rows', 'bytes', 'parts'] as const) {
      const total = totals[name] ?? 0
      // Totals that fall back are those of a script that counts anew.
      if (total <= reached[name]) continue
      run.addProgress({ [name]: total - reached[name] })
      if (Object.values(reached).every(count => count === 0)) onProgress()
      reached[name] = total
    }
    if (message !== undefined) log.info(message)
    return {}
  }
  const output: ReportHandler = async value => {
    run.addOutput(read(outputReport, value))
    return {}
  }
  const warning: ReportHandler = async value => {
    run.warn(read(warningReport, value))
    return {}
  }
  return new Map([
    ['progress', progress],
    ['output', output],
    ['warning', warning],
  ])
}

function read<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  throw new BatchQueryError('USAGE', `${v.getDotPath(issue) ?? 'the report'}: ${issue.message}`, {
    hint: 'docs/scripts.md has the fields of a report.',
  })
}
