import { BatchQueryError } from '../errors/index.ts'
import { quoted, redactUrl, unexpandedHint, unexpandedVariable } from '../platform/index.ts'
import { storeFault, storeSetting } from '../store/index.ts'
import type { ContainerSettings } from './container.ts'
import { anchorDatabaseUrl } from './database-url.ts'
import { DEFAULT_BUCKET, DEFAULT_DATABASE, DEFAULT_STORE, SHARED_STORE } from './defaults.ts'
import { DEFAULT_ENGINE, type EngineName, parseEngine } from './engines.ts'
import type { FargateSettings } from './fargate.ts'
import { databasesEnvironment, databaseUrl, type NamedDatabases, namedDatabases } from './named-databases.ts'
import { givenNotifications, type Notification, notificationsEnvironment } from './notifications.ts'
import type { ConfigFile } from './parse-config-file.ts'
import {
  type GivenLimits,
  type SourceLimits,
  sourceLimits,
  sourceLimitsEnvironment,
} from './source-limits.ts'

/** The options of the command line. An option that is not given is undefined. */
export interface Flags extends GivenLimits {
  readonly store?: string | undefined
  readonly bucket?: string | undefined
  readonly database?: string | undefined
  readonly engine?: string | undefined
  /** The name of a stack of batchquery-cdk. */
  readonly stack?: string | undefined
}

/** The settings of a stack of batchquery-cdk. */
export interface StackLayer {
  readonly name: string
  /** Whether an option or the environment names it. Then it takes precedence over batchquery.yaml. */
  readonly isChosen: boolean
  readonly settings: ConfigFile
}

/**
 * The settings of a command. Precedence: flag, environment, batchquery.yaml, stack, default. A stack that a flag or the environment
 * names takes precedence over batchquery.yaml.
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
  /** Whether a flag or the environment names the database. Then it takes precedence over that of a task. */
  readonly isDatabaseChosen: boolean
  /** The databases by name. */
  readonly databases: NamedDatabases
  readonly engine: EngineName
  /** The settings for containers in batchquery.yaml; null if it has none. */
  readonly container: ContainerSettings | null
  /** The settings for Fargate in batchquery.yaml, or of the stack; null if neither has any. */
  readonly fargate: FargateSettings | null
  /** Whether a run ends if another run writes to one of its destinations. */
  readonly exclusive: boolean
  readonly limits: SourceLimits
  /** The receivers of the ends of runs. */
  readonly notifications: readonly Notification[]
  /** True if nothing is configured. Then stderr shows the defaults. */
  readonly isDefault: boolean
}

/**
 * Reads the settings from flags, from BATCHQUERY_STORE, BATCHQUERY_BUCKET, BATCHQUERY_DATABASE, BATCHQUERY_ENGINE,
 * BATCHQUERY_DATABASES, BATCHQUERY_NOTIFY and the variables of `sourceLimits`, and from a batchquery.yaml. An empty variable counts as missing.
 *
 * @param folder relative paths start here; those of the file and of the defaults start at the file's folder
 * @param stack null if AWS was not asked for one
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
    database: chosen === undefined ? defaultDatabase(file) : databaseUrl(chosen, databases, environment),
    shownDatabase: chosen === undefined ? null : redactUrl(chosen),
    isDatabaseChosen: database !== undefined,
    databases,
    engine,
    container: configured('container') ?? null,
    fargate: configured('fargate') ?? null,
    exclusive: configured('exclusive') ?? false,
    limits: sourceLimits(flags, environment, configured),
    notifications: givenNotifications(environment) ?? configured('notifications') ?? [],
    isDefault: layers.length === 0 && [store, bucket, database, named].every(value => value === undefined),
  }
}

/** The configured layers. The first has precedence. */
export function layersOf(file: ConfigFile | null, stack: StackLayer | null): readonly ConfigFile[] {
  const layers = stack?.isChosen ? [stack.settings, file] : [file, stack?.settings ?? null]
  return layers.flatMap(layer => layer ?? [])
}

const firstOf =
  (layers: readonly ConfigFile[]) =>
  <Key extends keyof ConfigFile>(key: Key): ConfigFile[Key] | undefined =>
    layers.find(layer => layer[key] !== undefined)?.[key]

/** No other process sees the folders of an ECS task. */
const defaultStore = (engine: EngineName, folder: string): string =>
  engine === 'fargate' ? SHARED_STORE : storeSetting(DEFAULT_STORE, folder)

/**
 * The settings for a task that names its own database (`-- @database`), which takes precedence over batchquery.yaml and the
 * default.
 *
 * @param named a name or a URL; null if the task names none
 * @throws CONFIG
 */
export function withTaskDatabase(
  settings: Settings,
  named: string | null,
  environment: NodeJS.ProcessEnv,
): Settings {
  if (named === null || settings.isDatabaseChosen) return settings
  return {
    ...settings,
    database: databaseUrl(named, settings.databases, environment),
    shownDatabase: redactUrl(named),
    isDatabaseChosen: true,
  }
}

/** In the folder of the file, if there is one: the same database for every folder of the project. */
const defaultDatabase = (file: ConfigFile | null): string =>
  file === null ? DEFAULT_DATABASE : anchorDatabaseUrl(DEFAULT_DATABASE, file.folder)

/** The settings as the environment of another process, from which `readSettings` restores them. */
export function settingsEnvironment({
  store,
  bucket,
  database,
  databases,
  notifications,
  limits,
}: Settings): Record<string, string> {
  return {
    BATCHQUERY_STORE: store,
    BATCHQUERY_BUCKET: bucket,
    BATCHQUERY_DATABASE: database,
    ...databasesEnvironment(databases),
    ...notificationsEnvironment(notifications),
    ...sourceLimitsEnvironment(limits),
  }
}

/**
 * Refuses a password on the command line, which every user of the machine can read.
 */
function refusePassword(url: string | undefined): void {
  if (url === undefined) return
  const masked = redactUrl(url)
  if (masked === url) return
  throw new BatchQueryError('USAGE', `${masked} has a password, and other users can read the command line`, {
    hint: 'Put the URL into BATCHQUERY_DATABASE, or the password into MYSQL_PWD or PGPASSWORD, or name its file: ?passwordFile=PATH.',
  })
}

function checkStore(store: string, folder: string): string {
  const hint = storeFault(store, folder)
  if (hint === null) return store
  throw new BatchQueryError('CONFIG', `${quoted(store)} is not a store`, { hint })
}

function checkBucket(bucket: string): string {
  const leftover = unexpandedVariable(bucket)
  if (leftover === null) return bucket
  throw new BatchQueryError('CONFIG', `${quoted(bucket)} is not a bucket: no shell replaced ${leftover}`, {
    hint: unexpandedHint(leftover),
  })
}

/** The source of each setting, for the user: an option, a variable, the path of a file, a stack, or `default`. */
export interface SettingSources {
  readonly store: string
  readonly bucket: string
  readonly database: string
}

/** Finds the sources with the precedence of `readSettings`. */
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
