import * as v from 'valibot'
import { LEVELS } from '../../../format/index.ts'
import type { ExportStatement } from '../../../sql/index.ts'

const text = v.string()
const texts = v.array(text)
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/**
 * What the coordinator tells its workers, as plain data. The workers know its SHA-256, so it is the coordinator's: the schema only catches
 * another version.
 */
export const work = v.object({
  planSha256: text,
  statement: v.custom<ExportStatement>(isObject, 'is no statement'),
  /** The URL of the database; null if it has a secret: then the workers have it in their environment. */
  url: v.nullable(text),
  /** How many sessions read in each worker. */
  readers: v.pipe(count, v.minValue(1)),
  /** The state of the task's session. */
  state: v.object({
    setup: texts,
    check: text,
    expected: v.array(v.tuple([text, v.nullable(text)])),
  }),
  /** The statements by which a session joins the moment. */
  join: texts,
  level: v.picklist(LEVELS),
  /** Those that no attempt has read. */
  ranges: v.array(v.object({ number: count, query: text, where: text, rows: v.nullable(v.number()) })),
  /** The range that has a part even if it has no rows. */
  first: v.nullable(count),
})

export type Work = v.InferOutput<typeof work>
