import * as v from 'valibot'

import { BatchQueryError } from '../errors/index.ts'

const SHOWN_CHARACTERS = 100

export type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T

/**
 * Parses bytes that any program may have written, as an object of a version that this program knows.
 *
 * @param where names the object in messages
 * @param newest the latest version of this kind of object
 * @throws RUN_RECORD_INVALID naming the first field that is wrong
 */
export function parseObject<Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
  where: string,
  newest = 1,
): v.InferOutput<Schema> {
  const json = parseJson(bytes, where)
  const version = v.safeParse(v.object({ version: v.number() }), json)
  if (version.success && version.output.version > newest) {
    throw new BatchQueryError(
      'RUN_RECORD_INVALID',
      `cannot read ${where}: it has version ${version.output.version}, but this batchquery reads version ${newest}`,
      { hint: 'Install the newer version of batchquery that wrote it.' },
    )
  }
  const result = v.safeParse(schema, json, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = v.getDotPath(issue)?.slice(0, SHOWN_CHARACTERS) ?? 'the object'
  throw invalidObject(where, `${field}: ${issue.message.slice(0, SHOWN_CHARACTERS)}`)
}

/** The error for an unusable object of a run. */
export const invalidObject = (where: string, reason: string, cause?: unknown): BatchQueryError =>
  new BatchQueryError('RUN_RECORD_INVALID', `cannot read ${where}: ${reason}`, {
    hint: 'Restore the object, or delete it and run the task again. A program other than batchquery wrote it.',
    cause,
  })

/** Room for a record with a thousand exports. */
const FEW_VALUES = 1_000_000
/** On average. A staged part has 12 values in about 400 bytes. */
const LEAST_BYTES_PER_VALUE = 16

const [QUOTE, BACKSLASH, BRACKET, BRACE, COMMA] = Buffer.from('"\\[{,')

/** An empty list takes two bytes in JSON and twenty times as many in memory, so a text of them could exhaust the memory. */
function hasTooManyValues(json: Uint8Array): boolean {
  const most = FEW_VALUES + json.length / LEAST_BYTES_PER_VALUE
  if (json.length <= most) return false
  let values = 0
  let inString = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (byte === QUOTE) inString = !inString
    else if (byte === BACKSLASH) at++
    else if (!inString && (byte === COMMA || byte === BRACKET || byte === BRACE)) values++
  }
  return values > most
}

function parseJson(bytes: Uint8Array, where: string): unknown {
  if (hasTooManyValues(bytes))
    throw invalidObject(where, 'it has far more values than batchquery ever writes')
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, SHOWN_CHARACTERS) : String(cause)
    throw invalidObject(where, `not JSON in UTF-8: ${reason}`, cause)
  }
}

/** Serializes an object that `parseObject` reads. */
export const toJsonBytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(value)}\n`)
