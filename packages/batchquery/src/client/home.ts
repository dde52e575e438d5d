import {
  configuredSecrets,
  DEFAULT_DATABASE,
  DEFAULT_STORE,
  endLeftSessions,
  type Flags,
  findConfigFile,
  openStore,
  readSettings,
  type Settings,
} from '../config/index.ts'
import { recoveryIn } from '../export/index.ts'
import type { Log } from '../platform/index.ts'
import { RunStore, type SessionRecovery } from '../run/index.ts'
import type { Store } from '../store/index.ts'
import { Engines } from './engine-view.ts'

/** What the program that works in a home bucket has of its process. */
export interface Place {
  readonly environment: NodeJS.ProcessEnv
  /** What relative paths start from. */
  readonly folder: string
  readonly log: Log
}

/** What stands before the environment and batchquery.yaml. */
export interface HomeOptions extends Flags {
  /** The settings file, instead of the one that is found. */
  readonly config?: string | undefined
}

/** The home bucket that a command, or a connection, works in. */
export interface Home {
  readonly settings: Settings
  readonly store: Store
  readonly runs: RunStore
  readonly engines: Engines
}

/** Opens nothing but batchquery.yaml yet. Where nothing is configured, the log says what is assumed. @throws USAGE, CONFIG */
export async function openHome(options: HomeOptions, { environment, folder, log }: Place): Promise<Home> {
  const file = await findConfigFile(options.config, folder)
  if (file !== null) log.debug(`settings are read from ${file.path}`)
  const home = homeOf(readSettings(options, environment, folder, file), { environment, folder, log })
  for (const secret of configuredSecrets(home.settings, environment)) log.addSecret(secret)
  const { isDefault, bucket } = home.settings
  if (isDefault)
    log.info(
      `nothing is configured: engine local, store ./${DEFAULT_STORE}, bucket ${bucket}, database ${DEFAULT_DATABASE}`,
    )
  return home
}

/** The home bucket with nothing configured, whatever the environment says. */
export function defaultHome({ environment, folder, log }: Place): Home {
  return homeOf(readSettings({}, {}, folder), { environment, folder, log })
}

function homeOf(settings: Settings, { environment, folder, log }: Place): Home {
  const store = openStore(settings.store, log)
  const endSessions: SessionRecovery = record => endLeftSessions(record, { settings, environment, folder })
  const engines = new Engines(store, settings.bucket)
  const runs = new RunStore(store, settings.bucket, { recovery: recoveryIn(store), endSessions, engines })
  return { settings, store, runs, engines }
}
