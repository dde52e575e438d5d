import * as v from 'valibot'
import { namesService } from '../database/services.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { BatchQueryError } from '../errors/index.ts'
import { parseDuration } from '../platform/index.ts'
import { containerEntries } from './container.ts'
import { ENGINES } from './engines.ts'
import { fargateEntries } from './fargate.ts'
import { notificationsSchema } from './notifications.ts'
import { MOST_LIMIT } from './source-limits.ts'

/** The keys of batchquery.yaml. `settingsSchema` refuses unknown keys, `tolerantSettingsSchema` ignores them. */

const DATABASE_NAME = /^[A-Za-z0-9._-]{1,64}$/

const text = v.pipe(v.string(), v.nonEmpty('is empty'))
/** Checked by our own code: its messages never show the secrets of a URL. */
const databaseUrl = v.pipe(
  text,
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? urlFault(dataset.value) : null
    if (fault !== null) addIssue({ message: fault })
  }),
)
const databaseNameOrUrl = v.pipe(
  text,
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed && dataset.value.includes(':') ? urlFault(dataset.value) : null
    if (fault !== null) addIssue({ message: fault })
  }),
)
const databaseName = v.pipe(
  v.string(),
  v.regex(DATABASE_NAME, 'a name has 1 to 64 letters, digits, dots, underscores and hyphens'),
)
const limit = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MOST_LIMIT))
const duration = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return parseDuration(dataset.value)
    } catch (thrown) {
      addIssue({ message: BatchQueryError.from(thrown).message })
      return NEVER
    }
  }),
)

/** What exports may ask of the database that they read. */
const sourceLimitEntries = {
  maxSessions: v.optional(limit),
  warnHistory: v.optional(limit),
  warnSnapshot: v.optional(duration),
}

/** To valibot, lists are objects too. */
const mapping = v.custom<Record<string, unknown>>(
  value => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected keys with values',
)
/** Names that `v.record` would silently drop. */
const usualNames = v.check<Record<string, unknown>, string>(
  value => !['__proto__', 'constructor', 'prototype'].some(name => Object.hasOwn(value, name)),
  'a database cannot have the name __proto__, constructor or prototype',
)
const namedDatabase = {
  url: databaseUrl,
  /** Seconds; `connect_timeout=` of the URL. */
  connectTimeout: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3600))),
}
const entries = {
  bucket: v.optional(text),
  store: v.optional(text),
  engine: v.optional(v.picklist(ENGINES)),
  database: v.optional(databaseNameOrUrl),
  exclusive: v.optional(v.boolean()),
  ...sourceLimitEntries,
  /** batchquery-cdk reads and checks the rest of it. */
  stack: v.optional(v.pipe(mapping, v.looseObject({ name: v.optional(text) }))),
}

export const settingsSchema = v.pipe(
  mapping,
  v.strictObject({
    ...entries,
    notify: v.optional(notificationsSchema),
    container: v.optional(v.pipe(mapping, v.strictObject(containerEntries))),
    fargate: v.optional(v.pipe(mapping, v.strictObject(fargateEntries))),
    databases: v.optional(
      v.pipe(mapping, usualNames, v.record(databaseName, v.pipe(mapping, v.strictObject(namedDatabase)))),
      {},
    ),
  }),
)

/** Without `notify:`, because other users may have written the text: it could name a program to start. */
export const tolerantSettingsSchema = v.pipe(
  mapping,
  v.object({
    ...entries,
    container: v.optional(v.pipe(mapping, v.object(containerEntries))),
    fargate: v.optional(v.pipe(mapping, v.object(fargateEntries))),
    databases: v.optional(
      v.pipe(mapping, usualNames, v.record(databaseName, v.pipe(mapping, v.object(namedDatabase)))),
      {},
    ),
  }),
)

/** The file of a service is read only when the database is used. */
function urlFault(url: string): string | null {
  try {
    if (!namesService(url)) parseDatabaseUrl(url)
    return null
  } catch (thrown) {
    return BatchQueryError.from(thrown).message
  }
}
