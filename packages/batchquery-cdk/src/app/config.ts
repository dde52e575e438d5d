import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { parse } from 'yaml'

/** What the user can mend. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const text = v.pipe(v.string(), v.nonEmpty())
const dialect = v.picklist(['mysql', 'postgres'])
const user = v.optional(text)
const schema = v.optional(text)

const keyArn = v.pipe(text, v.startsWith('arn:', 'is the ARN of a key'))

const secretArn = v.pipe(text, v.startsWith('arn:', 'is the ARN of a secret'))
/** With the key that encrypts it, where that is one of yours. */
const secret = v.union(
  [secretArn, v.strictObject({ arn: secretArn, kmsKey: keyArn })],
  'is the ARN of a secret, or { arn, kmsKey }',
)

const created = v.strictObject({
  create: v.picklist(['aurora-mysql', 'aurora-postgres']),
  minCapacity: v.optional(v.number()),
  maxCapacity: v.optional(v.number()),
  storageKey: v.optional(keyArn),
  user,
  schema,
})
const existing = v.strictObject({
  dialect,
  host: text,
  port: v.optional(v.pipe(v.number(), v.integer())),
  resourceId: v.optional(v.pipe(text, v.regex(/^(cluster|db)-[A-Z0-9]+$/, 'is cluster-... or db-...'))),
  region: v.optional(text),
  secret: v.optional(secretArn),
  /** The key that encrypts it, where it is one of yours. */
  secretKmsKey: v.optional(keyArn),
  securityGroup: v.optional(v.pipe(text, v.startsWith('sg-', 'is sg-...'))),
  user,
  schema,
})
const schedule = v.strictObject({
  expression: text,
  task: text,
  args: v.optional(v.array(v.string())),
  params: v.optional(v.record(text, v.string())),
  timeZone: v.optional(text),
  enabled: v.optional(v.boolean()),
  overlap: v.optional(v.picklist(['skip', 'allow'])),
})
const routeTable = v.pipe(text, v.startsWith('rtb-', 'is rtb-...'))
const vpc = v.pipe(
  v.strictObject({
    id: text,
    subnets: v.pipe(v.array(text), v.minLength(1), v.maxLength(16)),
    availabilityZones: v.pipe(v.array(text), v.minLength(1)),
    /** In the order of the subnets, or one that is the table of all. */
    routeTables: v.optional(v.array(routeTable)),
  }),
  v.check(
    ({ subnets, routeTables }) => [undefined, 1, subnets.length].includes(routeTables?.length),
    'routeTables has one for each of subnets, in their order, or one for all',
  ),
)
const settings = v.strictObject({
  name: v.optional(text),
  vpc: v.optional(vpc),
  assignPublicIp: v.optional(v.boolean()),
  endpoints: v.optional(v.boolean()),
  /** A name in a registry; a folder with a Dockerfile, relative to the file, where it starts with a dot. */
  image: v.optional(text),
  cpu: v.optional(v.pipe(v.number(), v.integer())),
  memory: v.optional(v.pipe(v.number(), v.integer())),
  kmsKey: v.optional(keyArn),
  formerKmsKeys: v.optional(v.array(keyArn), []),
  databases: v.optional(v.record(text, v.union([created, existing])), {}),
  secrets: v.optional(v.array(secret), []),
  schedules: v.optional(v.record(text, schedule), {}),
  notices: v.optional(v.strictObject({ emails: v.optional(v.array(v.pipe(text, v.email()))) })),
})
const stack = v.pipe(
  settings,
  v.check(
    ({ endpoints, vpc }) => endpoints !== true || vpc === undefined || vpc.routeTables !== undefined,
    'endpoints: true in a vpc of yours needs vpc.routeTables (rtb-...), those of its subnets: the way to S3 is written there',
  ),
)
const FILLED = 'no variables are filled in here, as batchquery does: write the name itself'
const hasNoPlace = v.check<string, string>(name => !name.includes('$'), FILLED)
const bucket = v.pipe(text, hasNoPlace)
/** The rest of the file is the command line's. */
const file = v.looseObject({ bucket: v.optional(bucket), stack: v.optional(stack, {}) })

/** `stack:` of a batchquery.yaml. */
export type StackConfig = v.InferOutput<typeof stack>
export type DatabaseConfig = StackConfig['databases'][string]

export interface AppConfig {
  readonly path: string
  /** The home bucket's name; undefined lets the construct choose. */
  readonly bucket: string | undefined
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
    throw new ConfigError(`${path} cannot be read: ${reason}`, { cause })
  }
  const { success, output, issues } = v.safeParse(file, content, { abortEarly: true })
  if (success) return { path, bucket: output.bucket, stack: output.stack }
  const [issue] = issues
  const key = (issue.path ?? []).map(part => String(part.key)).join('.')
  throw new ConfigError(`${path}: ${key || 'the whole'}: ${issue.message}`)
}
