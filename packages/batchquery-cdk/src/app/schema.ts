import * as v from 'valibot'
import { DEFAULT_VERSIONS, versionFault } from '../rules/engine-version.ts'
import { databaseNameFault, parameterNameFault, scheduleNameFault, stackNameFault } from '../rules/names.ts'
import { expressionFault, timeZoneFault } from '../rules/schedule-expression.ts'
import {
  capacityFault,
  DEFAULT_CAPACITY,
  DEFAULT_CPU,
  DEFAULT_MEMORY,
  type KeyFault,
  pauseFault,
  sizeFault,
  storageFault,
} from '../rules/sizes.ts'
import { isPulled } from './image.ts'

/** The fault that a rule finds in a value, or in a key within it. */
type Fault = string | KeyFault<string> | null

/** A value in which a rule finds no fault. The issue contains the key with the fault. */
const follows = <T>(rule: (value: T) => Fault) =>
  v.rawCheck<T>(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const fault = rule(dataset.value)
    if (typeof fault === 'string') addIssue({ message: fault })
    else if (fault !== null)
      addIssue({
        message: fault.why,
        path: [{ type: 'unknown', origin: 'value', input: dataset.value, key: fault.key, value: undefined }],
      })
  })
/** An object in whose keys a rule finds no fault. */
const named = <T extends object>(rule: (name: string) => string | null) =>
  follows<T>(value => {
    for (const key of Object.keys(value)) {
      const why = rule(key)
      if (why !== null) return { key, why }
    }
    return null
  })

const text = v.pipe(v.string(), v.nonEmpty())
const keyArn = v.pipe(text, v.startsWith('arn:', 'is the ARN of a key'))
const secretArn = v.pipe(text, v.startsWith('arn:', 'is the ARN of a secret'))
/** With the key that encrypts it, if that is a customer's key. */
const secret = v.union(
  [secretArn, v.strictObject({ arn: secretArn, kmsKey: keyArn })],
  'is the ARN of a secret, or { arn, kmsKey }',
)
/** In the format of EC2. */
const idOf = (kind: string) =>
  v.pipe(text, v.regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `is ${kind}- and 8 to 17 hexadecimal digits`))
const user = v.optional(text)
const schema = v.optional(text)
const units = v.optional(v.pipe(v.number(), v.integer()))

const created = v.pipe(
  v.strictObject({
    create: v.picklist(['aurora-mysql', 'aurora-postgres']),
    /** Text, because YAML would read 3.10 as 3.1. */
    engineVersion: v.optional(v.string('is text: write it in quotes')),
    minCapacity: v.optional(v.number()),
    maxCapacity: v.optional(v.number()),
    secondsUntilAutoPause: v.optional(v.number()),
    enableDataApi: v.optional(v.boolean()),
    storageKey: v.optional(keyArn),
    user,
    schema,
  }),
  follows(({ minCapacity: least = DEFAULT_CAPACITY.least, maxCapacity: most = DEFAULT_CAPACITY.most }) =>
    capacityFault(least, most),
  ),
  follows(({ minCapacity: least = DEFAULT_CAPACITY.least, secondsUntilAutoPause: seconds }) => {
    const why = seconds === undefined ? null : pauseFault(seconds, least)
    return why === null ? null : { key: 'secondsUntilAutoPause', why }
  }),
  follows(({ create, engineVersion }) => {
    const dialect = create === 'aurora-mysql' ? 'mysql' : 'postgres'
    const why = versionFault(dialect, engineVersion ?? DEFAULT_VERSIONS[dialect])
    return why === null ? null : { key: 'engineVersion', why }
  }),
)
const existing = v.pipe(
  v.strictObject({
    dialect: v.picklist(['mysql', 'postgres']),
    host: text,
    port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))),
    resourceId: v.optional(v.pipe(text, v.regex(/^(cluster|db)-[A-Z0-9]+$/, 'is cluster-... or db-...'))),
    region: v.optional(text),
    secret: v.optional(secretArn),
    secretKmsKey: v.optional(keyArn),
    securityGroup: v.optional(idOf('sg')),
    user,
    schema,
  }),
  follows(({ resourceId, secret: theirs }) =>
    (resourceId === undefined) === (theirs === undefined)
      ? 'set either resourceId (login by IAM token) or secret (login by password)'
      : null,
  ),
)
/** Chosen by its kind, so that a fault has its exact key. */
const database = v.lazy(input =>
  typeof input === 'object' && input !== null && 'create' in input ? created : existing,
)

/** Converted as the runner reads them. */
const param = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String))
const schedule = v.pipe(
  v.strictObject({
    expression: v.pipe(text, follows(expressionFault)),
    task: text,
    args: v.optional(v.array(v.string())),
    params: v.optional(v.pipe(v.record(text, param), named(parameterNameFault))),
    timeZone: v.optional(v.pipe(text, follows(timeZoneFault))),
    enabled: v.optional(v.boolean()),
    overlap: v.optional(v.picklist(['skip', 'allow'])),
    cpu: units,
    memory: units,
    spot: v.optional(v.boolean()),
    ephemeralStorage: v.optional(v.pipe(v.number(), follows(storageFault))),
  }),
  follows(({ task, args = [] }) =>
    args.length > 0 && /\.sql$/i.test(task)
      ? {
          key: 'args',
          why: `a SQL task accepts no arguments, but args is ${JSON.stringify(args)}; put its values under params`,
        }
      : null,
  ),
)
const vpc = v.pipe(
  v.strictObject({
    id: idOf('vpc'),
    subnets: v.pipe(v.array(idOf('subnet')), v.minLength(1), v.maxLength(16)),
    availabilityZones: v.pipe(v.array(text), v.minLength(1)),
    /** In the order of the subnets, or one table for all. */
    routeTables: v.optional(v.array(idOf('rtb'))),
  }),
  v.check(
    ({ subnets, routeTables }) => [undefined, 1, subnets.length].includes(routeTables?.length),
    'routeTables must name one table for each subnet, in the same order, or one table for all subnets',
  ),
)
const settings = v.strictObject({
  name: v.optional(v.pipe(v.string(), follows(stackNameFault)), 'batchquery'),
  vpc: v.optional(vpc),
  assignPublicIp: v.optional(v.boolean()),
  endpoints: v.optional(v.boolean()),
  /** A name in a registry, or, if it starts with a dot, a folder with a Dockerfile, relative to the file. */
  image: v.optional(text),
  cpu: units,
  memory: units,
  cpuArchitecture: v.optional(v.picklist(['X86_64', 'ARM64'])),
  ephemeralStorage: v.optional(v.pipe(v.number(), follows(storageFault))),
  kmsKey: v.optional(keyArn),
  formerKmsKeys: v.optional(v.array(keyArn), []),
  databases: v.optional(v.pipe(v.record(text, database), named(databaseNameFault)), {}),
  secrets: v.optional(v.array(secret), []),
  schedules: v.optional(v.record(text, schedule), {}),
  fanOut: v.optional(v.boolean()),
  notices: v.optional(v.strictObject({ emails: v.optional(v.array(v.pipe(text, v.email()))) })),
})

/**
 * `stack:` of a batchquery.yaml. Reports every fault that would otherwise show only on deployment, or hours later.
 */
export const stackSchema = v.pipe(
  settings,
  v.check(
    ({ endpoints, vpc }) => endpoints !== true || vpc === undefined || vpc.routeTables !== undefined,
    'endpoints: true in your own vpc needs vpc.routeTables (rtb-...), the route tables of its subnets, for the route to S3',
  ),
  follows(({ cpu = DEFAULT_CPU, memory = DEFAULT_MEMORY }) => sizeFault(cpu, memory)),
  follows(({ image = '', vpc, assignPublicIp }) =>
    vpc === undefined && assignPublicIp !== true && isPulled(image)
      ? {
          key: 'image',
          why: 'a private network without NAT reaches no registry except ECR. Push the image to ECR, set assignPublicIp, or use a vpc with NAT',
        }
      : null,
  ),
  follows(({ name, schedules, ...task }) => {
    for (const [key, { cpu = task.cpu, memory = task.memory }] of Object.entries(schedules)) {
      const fault = sizeFault(cpu ?? DEFAULT_CPU, memory ?? DEFAULT_MEMORY)
      if (fault !== null) return { key: `schedules.${key}.${fault.key}`, why: fault.why }
      const why = scheduleNameFault(name, key)
      if (why !== null) return { key: `schedules.${key}`, why }
    }
    return null
  }),
)

/** The home bucket's name, from the command line's part of the file. */
export const bucketSchema = v.pipe(
  text,
  v.check(
    name => !name.includes('$'),
    'batchquery-cdk does not replace variables, unlike batchquery. Write the name itself',
  ),
)
