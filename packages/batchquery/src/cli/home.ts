import { DEFAULT_DATABASE, DEFAULT_STORE, readSettings, type Settings } from '../config/index.ts'
import { RunStore } from '../run/index.ts'
import { DirectoryStore, type Store } from '../store/index.ts'
import type { Context } from './command.ts'
import type { Options } from './options.ts'

/** The home bucket that a command works in. */
export interface Home {
  readonly settings: Settings
  readonly store: Store
  readonly runs: RunStore
}

/** Opens nothing yet. Where nothing is configured, stderr says what is assumed. */
export function openHome(options: Options, { environment, folder, log }: Context): Home {
  const home = homeOf(readSettings(options, environment, folder))
  const { isDefault, bucket } = home.settings
  if (isDefault)
    log.info(
      `nothing is configured: engine local, store ./${DEFAULT_STORE}, bucket ${bucket}, database ${DEFAULT_DATABASE}`,
    )
  return home
}

/** The home bucket with nothing configured, whatever the environment says. */
export function defaultHome(folder: string): Home {
  return homeOf(readSettings({}, {}, folder))
}

function homeOf(settings: Settings): Home {
  const store = new DirectoryStore(settings.store)
  return { settings, store, runs: new RunStore(store, settings.bucket) }
}
