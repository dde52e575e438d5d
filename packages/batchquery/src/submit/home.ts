import {
  DEFAULT_DATABASE,
  DEFAULT_STORE,
  endLeftoverSessions,
  readSettings,
  type Settings,
} from '../config/index.ts'
import { recoveryIn } from '../export/index.ts'
import { notifierOf } from '../notify/notifier.ts'
import { RunStore, type SessionRecovery } from '../run/index.ts'
import { openStore, type Store } from '../store/index.ts'
import { type HomeOptions, type ProcessContext, readConfiguration } from './configuration.ts'
import { CombinedLookup } from './engine-lookup.ts'

/** The home bucket that a command or a connection works in. */
export interface Home {
  readonly settings: Settings
  readonly store: Store
  readonly runs: RunStore
  readonly engines: CombinedLookup
}

/**
 * Opens the home bucket that the settings name. It reads nothing but batchquery.yaml, and asks AWS only if a stack is requested. If
 * nothing is configured, the log says which defaults apply.
 *
 * @param startsRuns whether runs will be started: fargate then needs more than the home bucket
 * @throws as `readConfiguration`
 */
export async function openHome(
  options: HomeOptions,
  context: ProcessContext,
  startsRuns = false,
): Promise<Home> {
  const { settings } = await readConfiguration(options, context, { startsRuns })
  if (settings.isDefault)
    context.log.info(
      `nothing is configured: engine local, store ./${DEFAULT_STORE}, bucket ${settings.bucket}, database ${DEFAULT_DATABASE}`,
    )
  return homeOf(settings, context)
}

/** The home bucket of the defaults: it ignores the environment. */
export function defaultHome({ environment, folder, log }: ProcessContext): Home {
  return homeOf(readSettings({}, {}, folder), { environment, folder, log })
}

function homeOf(settings: Settings, { environment, folder, log }: ProcessContext): Home {
  const store = openStore(settings.store, log)
  const endSessions: SessionRecovery = record =>
    endLeftoverSessions(record, { settings, environment, folder })
  const engines = new CombinedLookup(store, settings.bucket)
  const notifier = notifierOf(settings.notifications, { environment, folder })
  const recovery = recoveryIn(store)
  const runs = new RunStore(store, settings.bucket, {
    ...{ recovery, endSessions, engines, notifier },
    stopMachines: execution => engines.stopMachines(execution),
  })
  return { settings, store, runs, engines }
}
