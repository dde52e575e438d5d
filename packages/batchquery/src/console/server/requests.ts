import * as v from 'valibot'
import { BatchQueryError } from '../../errors/index.ts'
import { textRecord } from '../../platform/text-record.ts'
import type { RunFilter } from '../../run/index.ts'

/** The longest body of a request: a parameter may be a file. */
export const MOST_BODY_BYTES = 1024 * 1024
const LONGEST_TEXT = 4_096

const STATES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const

const text = v.pipe(v.string(), v.maxLength(LONGEST_TEXT))
const count = (least: number, most: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number), v.minValue(least), v.maxValue(most))
const time = v.pipe(
  text,
  v.transform(written => new Date(written)),
  v.date(),
)

/** The queries of the GET requests, with the most that they may ask for. */
export const runsQuery = v.object({
  state: v.optional(v.picklist(STATES)),
  task: v.optional(text),
  database: v.optional(text),
  since: v.optional(time),
  until: v.optional(time),
  before: v.optional(text),
  limit: v.optional(count(1, 2_000), '500'),
})
const attempt = v.optional(count(1, 1_000_000))
const position = count(0, Number.MAX_SAFE_INTEGER)
export const logQuery = v.object({
  attempt,
  from: v.optional(position),
  bytes: v.optional(count(1, 4 * 1024 * 1024), '262144'),
  seek: v.optional(v.literal('1')),
})
export const searchQuery = v.object({
  attempt,
  text: v.pipe(text, v.minLength(1)),
  from: v.optional(position, '0'),
})
export const attemptQuery = v.object({ attempt })
export const partsQuery = v.object({
  from: v.optional(position, '0'),
  count: v.optional(count(1, 1_000), '200'),
})
export const headQuery = v.object({
  part: v.optional(count(1, 1_000_000)),
  rows: v.optional(count(1, 200), '100'),
})
export const partQuery = v.object({ part: count(1, 1_000_000) })
export const historyQuery = v.object({
  task: v.pipe(text, v.minLength(1)),
  limit: v.optional(count(1, 500), '200'),
})
export const exportParameter = count(1, 1_000_000)

/** The bodies of the POST requests. */
export const nothing = v.strictObject({})
export const rerunBody = v.strictObject({
  parameters: v.optional(textRecord),
  variables: v.optional(textRecord),
  database: v.optional(text),
  timeoutSeconds: v.optional(v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0)))),
})
export const reapBody = v.strictObject({ dryRun: v.boolean() })
export const verifyBody = v.strictObject({
  export: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
})

/** @throws USAGE that names the field */
export function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = v.getDotPath(issue) ?? 'the value'
  throw new BatchQueryError('USAGE', `the request is wrong: ${field}: ${issue.message.slice(0, 200)}`, {
    hint: 'Reload the page.',
  })
}

/** The runs that a list shows. */
export const filterOf = ({ state, task, database }: v.InferOutput<typeof runsQuery>): RunFilter => ({
  ...(state !== undefined && { state }),
  ...(task !== undefined && { task }),
  ...(database !== undefined && { database }),
})
