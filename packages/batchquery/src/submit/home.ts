import {
  DEFAULT_DATABASE,
  DEFAULT_STORE,
  endLeftoverSessions,
  readSettings,
  type Settings,
} from '../config/index.ts'
import { recoveryIn } from '../export/index.ts'
import { RunStore, type SessionRecovery } from '../run/index.ts'
import { openStore, type Store } from '../store/index.ts'
import { CombinedLookup } from './engine-lookup.ts'
import { type HomeOptions, type Place, readConfiguration } from './read-configuration.ts'

export type { HomeOptions, Place }

/** The home bucket that a command, or a connection, works in. */
export interface Home {
  readonly settings: Settings
  readonly store: Store
  readonly runs: RunStore
  readonly engines: CombinedLookup
}

/**
 * Opens nothing but batchquery.yaml yet, and asks AWS only where a stack is wanted. Where nothing is configured, the log says what is
 * assumed.
 *
 * @param launches whether runs are to be started: an engine elsewhere needs more than the home bucket
 * @throws as `readConfiguration`
 */
export async function openHome(options: HomeOptions, place: Place, launches = false): Promise<Home> {
  const { settings } = await readConfiguration(options, place, { launches })
  if (settings.isDefault)
    place.log.info(
      `nothing is configured: engine local, store ./${DEFAULT_STORE}, bucket ${settings.bucket}, database ${DEFAULT_DATABASE}`,
    )
  return homeOf(settings, place)
}

/** The home bucket with nothing configured, whatever the environment says. */
export function defaultHome({ environment, folder, log }: Place): Home {
  return homeOf(readSettings({}, {}, folder), { environment, folder, log })
}

function homeOf(settings: Settings, { environment, folder, log }: Place): Home {
  const store = openStore(settings.store, log)
  const endSessions: SessionRecovery = record =>
    endLeftoverSessions(record, { settings, environment, folder })
  const engines = new CombinedLookup(store, settings.bucket)
  const runs = new RunStore(store, settings.bucket, { recovery: recoveryIn(store), endSessions, engines })
  return { settings, store, runs, engines }
}
