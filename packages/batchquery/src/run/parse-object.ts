import * as v from 'valibot'

import { BatchQueryError } from '../errors/index.ts'

const SHOWN_CHARACTERS = 100

export type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T

/**
 * Bytes that anybody may have written, as an object of version 1.
 *
 * @param where the address, for the message
 * @throws RUN_RECORD_INVALID naming the first field that is wrong
 */
export function parseObject<Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
  where: string,
): v.InferOutput<Schema> {
  const json = parseJson(bytes, where)
  const version = v.safeParse(v.object({ version: v.number() }), json)
  if (version.success && version.output.version > 1) {
    throw new BatchQueryError(
      'RUN_RECORD_INVALID',
      `cannot read ${where}: it has version ${version.output.version}, and this batchquery reads version 1`,
      { hint: 'A newer batchquery wrote it: install that version.' },
    )
  }
  const result = v.safeParse(schema, json, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = v.getDotPath(issue)?.slice(0, SHOWN_CHARACTERS) ?? 'the whole'
  throw invalidObject(where, `${field}: ${issue.message.slice(0, SHOWN_CHARACTERS)}`)
}

/** The error of a run record or a ledger that cannot be used. */
export const invalidObject = (where: string, reason: string, cause?: unknown): BatchQueryError =>
  new BatchQueryError('RUN_RECORD_INVALID', `cannot read ${where}: ${reason}`, {
    hint: 'Somebody else than batchquery wrote this object. Restore it, or delete it and run the task again.',
    cause,
  })

function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, SHOWN_CHARACTERS) : String(cause)
    throw invalidObject(where, `not JSON in UTF-8: ${reason}`, cause)
  }
}
