import {
  DEFAULT_DATABASE,
  DEFAULT_STORE,
  endLeftSessions,
  findConfigFile,
  openStore,
  readSettings,
  type Settings,
} from '../config/index.ts'
import { recoveryIn } from '../export/index.ts'
import { RunStore, type SessionRecovery } from '../run/index.ts'
import type { Store } from '../store/index.ts'
import type { Context } from './command.ts'
import type { Options } from './options.ts'

/** The home bucket that a command works in. */
export interface Home {
  readonly settings: Settings
  readonly store: Store
  readonly runs: RunStore
}

/** Opens nothing but batchquery.yaml yet. Where nothing is configured, stderr says what is assumed. */
export async function openHome(options: Options, { environment, folder, log }: Context): Promise<Home> {
  const file = await findConfigFile(options.config, folder)
  if (file !== null) log.debug(`settings are read from ${file.path}`)
  const home = homeOf(readSettings(options, environment, folder, file), { environment, folder, log })
  const { isDefault, bucket } = home.settings
  if (isDefault)
    log.info(
      `nothing is configured: engine local, store ./${DEFAULT_STORE}, bucket ${bucket}, database ${DEFAULT_DATABASE}`,
    )
  return home
}

/** The home bucket with nothing configured, whatever the environment says. */
export function defaultHome({ environment, folder, log }: Context): Home {
  return homeOf(readSettings({}, {}, folder), { environment, folder, log })
}

function homeOf(settings: Settings, context: Omit<Context, 'output'>): Home {
  const { environment, folder, log } = context
  const store = openStore(settings.store, log)
  const endSessions: SessionRecovery = record => endLeftSessions(record, { settings, environment, folder })
  const runs = new RunStore(store, settings.bucket, { recovery: recoveryIn(store), endSessions })
  return { settings, store, runs }
}
