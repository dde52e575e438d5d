import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { parse } from 'yaml'
import { notifySchema } from './notify.ts'
import { bucketSchema, stackSchema } from './schema.ts'

/** An error that the user can correct. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG'
}

/** The rest of the file belongs to the command line. */
const file = v.looseObject({
  bucket: v.optional(bucketSchema),
  notify: v.optional(notifySchema, []),
  stack: v.optional(stackSchema, {}),
})

/** `stack:` of a batchquery.yaml. */
export type StackConfig = v.InferOutput<typeof stackSchema>
export type DatabaseConfig = StackConfig['databases'][string]

export interface AppConfig {
  readonly path: string
  /** The home bucket's name. Undefined lets the construct choose. */
  readonly bucket: string | undefined
  /** The receivers of the ends of runs. */
  readonly notify: v.InferOutput<typeof notifySchema>
  readonly stack: StackConfig
}

/**
 * @param path absolute
 * @throws ConfigError with the key
 */
export function readAppConfig(path: string): AppConfig {
  let content: unknown
  try {
    content = parse(readFileSync(path, 'utf8')) ?? {}
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`cannot read ${path}: ${reason}`, { cause })
  }
  const { success, output, issues } = v.safeParse(file, content, { abortEarly: true })
  if (success) return { path, bucket: output.bucket, notify: output.notify, stack: output.stack }
  const [issue] = issues
  const key = (issue.path ?? []).map(part => String(part.key)).join('.')
  throw new ConfigError(`${path}: ${key || 'the document'}: ${issue.message}`)
}
