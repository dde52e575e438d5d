import * as v from 'valibot'
import { stringify } from 'yaml'
import { BatchQueryError } from '../errors/index.ts'
import { SHARED_STORE } from './defaults.ts'
import { type ConfigFile, parseConfigFile } from './parse-config-file.ts'
import type { StackLayer } from './settings.ts'

/** The version of the document that this code reads. It increases only with a change that older readers would misread. */
const VERSION = 1

const versioned = v.object({ version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) })
const cluster = v.object({
  arn: v.string(),
  engine: v.picklist(['aurora-mysql', 'aurora-postgres']),
  engineVersion: v.string(),
  adminSecret: v.optional(v.string()),
})
const schema = v.object({
  name: v.string(),
  region: v.string(),
  logGroup: v.optional(v.string()),
  /** Documents of earlier versions lack them. */
  clusters: v.optional(v.record(v.string(), cluster), {}),
  // Parsed later, as a batchquery.yaml. To valibot, lists are objects too.
  settings: v.custom<object>(value => typeof value === 'object' && value !== null && !Array.isArray(value)),
})

/** A database that the stack has created. */
export type StackCluster = v.InferOutput<typeof cluster>

/** A stack of batchquery-cdk, as its parameter in SSM describes it. */
export interface DiscoveredStack extends StackLayer {
  /** The name of its parameter. */
  readonly parameter: string
  readonly region: string
  /** The log group of the containers; null if the parameter lacks it. */
  readonly logGroup: string | null
  /** The clusters that the stack created. The key is the name of the database. */
  readonly clusters: ReadonlyMap<string, StackCluster>
}

/** The parameter of a stack, with the document in it. */
export interface StackParameter {
  /** The name of the parameter. */
  readonly parameter: string
  readonly region: string
  readonly value: string
  readonly isChosen: boolean
}

/**
 * Parses the document of a stack. Its `settings` are those of a batchquery.yaml. It ignores unknown keys.
 *
 * @param folder relative paths start here
 * @throws CONFIG for a text that is not such a document, or has an unknown version
 */
export function parseStackDocument(
  { parameter, region, value, isChosen }: StackParameter,
  folder: string,
): DiscoveredStack {
  const where = `the SSM parameter ${parameter} in ${region}`
  const broken = (why: string) => new BatchQueryError('CONFIG', `${where} ${why}`, { hint: DEPLOY })
  const content = parseJson(value)
  const { success, output } = v.safeParse(versioned, content)
  if (!success) throw broken('is not a document of batchquery-cdk')
  if (output.version > VERSION)
    throw new BatchQueryError(
      'CONFIG',
      `${where} has version ${output.version}, but this batchquery reads version ${VERSION}`,
      {
        hint: 'Install the same version of batchquery as the batchquery-cdk that wrote it.',
      },
    )
  const document = v.safeParse(schema, content)
  if (!document.success) {
    const key = (document.issues[0].path ?? []).map(part => String(part.key)).join('.')
    throw broken(`has no usable ${key}`)
  }
  const { name, logGroup = null, settings, clusters } = document.output
  const read = parseConfigFile(JSON.stringify(settings), where, { folder, isTolerant: true, hint: DEPLOY })
  return {
    ...{ name, region, parameter, logGroup, isChosen },
    clusters: new Map(Object.entries(clusters)),
    settings: complete(read),
  }
}

const DEPLOY = 'Deploy the stack again (npx batchquery-cdk deploy), or name another one: --stack NAME.'

/** A stack has its store on S3 and its engine on Fargate. */
const complete = (settings: ConfigFile): ConfigFile => ({
  ...settings,
  store: settings.store ?? SHARED_STORE,
  engine: settings.engine ?? 'fargate',
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Returns a batchquery.yaml with the settings of a stack. With this file, no command asks AWS for the stack. */
export function stackFile({ name, region, parameter, settings }: DiscoveredStack): string {
  const { bucket, store, engine, fargate, database, databases } = settings
  const content = {
    bucket,
    store,
    engine,
    fargate,
    database,
    databases: Object.fromEntries([...databases].map(([database, url]) => [database, { url }])),
  }
  return `\
# Settings of batchquery for this folder and those below it: the stack ${name} of ${region}, as the
# SSM parameter ${parameter} described it. \`batchquery init --stack ${name} --force\` replaces them.
${stringify(content)}`
}
