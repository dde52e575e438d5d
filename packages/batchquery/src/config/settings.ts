import { BatchQueryError } from '../errors/index.ts'
import { quoted, redactUrl, unexpandedHint, unexpandedVariable } from '../platform/index.ts'
import type { ContainerSettings } from './container.ts'
import { anchorDatabaseUrl } from './database-url.ts'
import { DEFAULT_BUCKET, DEFAULT_DATABASE, DEFAULT_STORE } from './defaults.ts'
import { DEFAULT_ENGINE, type EngineName, parseEngine } from './engines.ts'
import type { FargateSettings } from './fargate.ts'
import { databasesEnvironment, databaseUrl, type NamedDatabases, namedDatabases } from './named-databases.ts'
import type { ConfigFile } from './parse-config-file.ts'
import { S3, storeFault, storeSetting } from './stores.ts'

/** What the command line gave; an option that was not given is undefined. */
export interface Flags {
  readonly store?: string | undefined
  readonly bucket?: string | undefined
  readonly database?: string | undefined
  readonly engine?: string | undefined
  /** The name of a stack of batchquery-cdk. */
  readonly stack?: string | undefined
}

/** What a stack of batchquery-cdk says. */
export interface StackLayer {
  readonly name: string
  /** Whether an option or the environment asked for it: then it stands before batchquery.yaml. */
  readonly isChosen: boolean
  readonly settings: ConfigFile
}

/**
 * Where things are. Precedence: flag, then environment, then batchquery.yaml, then what a stack tells of itself, then default. A
 * stack that a flag or the environment asks for stands before batchquery.yaml.
 */
export interface Settings {
  /** `s3`, or the absolute path of the directory that is the store. */
  readonly store: string
  /** The home bucket. */
  readonly bucket: string
  /** URL of the database. */
  readonly database: string
  /** The database as a run record shows it: its name, its URL without a password, or null for the default. */
  readonly shownDatabase: string | null
  /** Whether a flag or the environment says which: then what a task says of it does not count. */
  readonly isDatabaseChosen: boolean
  /** The databases that have a name. */
  readonly databases: NamedDatabases
  readonly engine: EngineName
  /** What batchquery.yaml says of containers; null where it says nothing. */
  readonly container: ContainerSettings | null
  /** What batchquery.yaml, or the stack, says of Fargate; null where nothing does. */
  readonly fargate: FargateSettings | null
  /** Whether runs end where another one writes to a destination of theirs. */
  readonly exclusive: boolean
  /** True where nothing was configured at all: then stderr says what was assumed. */
  readonly isDefault: boolean
}

/**
 * Reads the settings from flags, from BATCHQUERY_STORE, BATCHQUERY_BUCKET, BATCHQUERY_DATABASE, BATCHQUERY_ENGINE and
 * BATCHQUERY_DATABASES, and from a batchquery.yaml. An empty variable counts as none.
 *
 * @param folder what relative paths start from; those of the file and of the defaults start where the file is
 * @param stack what AWS told of a stack, where it was asked
 * @throws USAGE, CONFIG
 */
export function readSettings(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  folder: string,
  file: ConfigFile | null = null,
  stack: StackLayer | null = null,
): Settings {
  refusePassword(flags.database)
  const store = flags.store ?? (environment.BATCHQUERY_STORE || undefined)
  const bucket = flags.bucket ?? (environment.BATCHQUERY_BUCKET || undefined)
  const database = flags.database ?? (environment.BATCHQUERY_DATABASE || undefined)
  const named = flags.engine ?? (environment.BATCHQUERY_ENGINE || undefined)
  const layers = layersOf(file, stack)
  const configured = firstOf(layers)
  const engine = named === undefined ? (configured('engine') ?? DEFAULT_ENGINE) : parseEngine(named)
  const databases = namedDatabases(environment, layers)
  const chosen = database ?? configured('database')
  return {
    store:
      store === undefined
        ? (configured('store') ?? defaultStore(engine, file?.folder ?? folder))
        : storeSetting(checkStore(store, folder), folder),
    bucket: checkBucket(bucket ?? configured('bucket') ?? DEFAULT_BUCKET),
    database: chosen === undefined ? defaultDatabase(file) : databaseUrl(chosen, databases),
    shownDatabase: chosen === undefined ? null : redactUrl(chosen),
    isDatabaseChosen: database !== undefined,
    databases,
    engine,
    container: configured('container') ?? null,
    fargate: configured('fargate') ?? null,
    exclusive: configured('exclusive') ?? false,
    isDefault: layers.length === 0 && [store, bucket, database, named].every(value => value === undefined),
  }
}

/** What is configured, the first being what counts. */
export function layersOf(file: ConfigFile | null, stack: StackLayer | null): readonly ConfigFile[] {
  const layers = stack?.isChosen ? [stack.settings, file] : [file, stack?.settings ?? null]
  return layers.flatMap(layer => layer ?? [])
}

const firstOf =
  (layers: readonly ConfigFile[]) =>
  <Key extends keyof ConfigFile>(key: Key): ConfigFile[Key] | undefined =>
    layers.find(layer => layer[key] !== undefined)?.[key]

/** An ECS task has no folder that anybody else would see. */
const defaultStore = (engine: EngineName, folder: string): string =>
  engine === 'fargate' ? S3 : storeSetting(DEFAULT_STORE, folder)

/**
 * The settings for a task that names its own database (`-- @database`), which stands before batchquery.yaml and the
 * default.
 *
 * @param named a name or a URL, null where the task names none
 * @throws CONFIG
 */
export function withTaskDatabase(settings: Settings, named: string | null): Settings {
  if (named === null || settings.isDatabaseChosen) return settings
  return {
    ...settings,
    database: databaseUrl(named, settings.databases),
    shownDatabase: redactUrl(named),
    isDatabaseChosen: true,
  }
}

/** Beside the file, where there is one: the same from every folder of the project. */
const defaultDatabase = (file: ConfigFile | null): string =>
  file === null ? DEFAULT_DATABASE : anchorDatabaseUrl(DEFAULT_DATABASE, file.folder)

/** The settings as the environment of another process: `readSettings` gives them back from it. */
export function settingsEnvironment({
  store,
  bucket,
  database,
  databases,
}: Settings): Record<string, string> {
  return {
    BATCHQUERY_STORE: store,
    BATCHQUERY_BUCKET: bucket,
    BATCHQUERY_DATABASE: database,
    ...databasesEnvironment(databases),
  }
}

/**
 * The command line of a process is open to every user of the machine. What a log would mask does not belong there
 * either.
 */
function refusePassword(url: string | undefined): void {
  if (url === undefined) return
  const masked = redactUrl(url)
  if (masked === url) return
  throw new BatchQueryError('USAGE', `${masked}: a password does not belong on the command line`, {
    hint: 'Put the URL into BATCHQUERY_DATABASE, the password into MYSQL_PWD or PGPASSWORD, or name its file: ?passwordFile=PATH.',
  })
}

function checkStore(store: string, folder: string): string {
  const hint = storeFault(store, folder)
  if (hint === null) return store
  throw new BatchQueryError('CONFIG', `${quoted(store)} is no store`, { hint })
}

function checkBucket(bucket: string): string {
  const leftover = unexpandedVariable(bucket)
  if (leftover === null) return bucket
  throw new BatchQueryError('CONFIG', `${quoted(bucket)} is no bucket: ${leftover} was not replaced`, {
    hint: unexpandedHint(leftover),
  })
}

/** Where each setting came from, for people: an option, a variable, the path of a file, a stack, or `default`. */
export interface SettingSources {
  readonly store: string
  readonly bucket: string
  readonly database: string
}

/** In the order of `readSettings`. */
export function settingSources(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  file: ConfigFile | null,
  stack: StackLayer | null = null,
): SettingSources {
  const layers = layersOf(file, stack)
  const sourceOf = (name: keyof SettingSources, option: string, variable: string): string => {
    if (flags[name] !== undefined) return option
    if (environment[variable]) return variable
    const layer = layers.find(each => each[name] !== undefined)
    return layer === undefined ? 'default' : layer === stack?.settings ? `stack ${stack.name}` : layer.path
  }
  return {
    store: sourceOf('store', '--store', 'BATCHQUERY_STORE'),
    bucket: sourceOf('bucket', '--bucket', 'BATCHQUERY_BUCKET'),
    database: sourceOf('database', '--database', 'BATCHQUERY_DATABASE'),
  }
}
