import type { DiscoveredStack, SettingSources, Settings } from '../config/index.ts'
import type { DatabaseUrl } from '../database/database-url.ts'
import type { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import type { Store } from '../store/index.ts'

/** The settings that the doctor checks, and the place that it checks from. */
export interface Place {
  /** The id of this doctor run: letters, digits and hyphens. Its staged objects and sessions contain it. */
  readonly id: string
  readonly settings: Settings
  readonly sources: SettingSources
  readonly store: Store
  /** Null if no stack is configured. */
  readonly stack: DiscoveredStack | null
  /** Why a configured stack was not found. Then its settings are unknown. */
  readonly stackError: BatchQueryError | null
  readonly environment: NodeJS.ProcessEnv
  /** The folder that relative paths start from. */
  readonly folder: string
  readonly log: Log
}

/** A place with the parsed URL of the database. */
export interface DatabasePlace extends Place {
  readonly url: DatabaseUrl
}

/** Whether logins send a token (`auth=iam`) with a time from our clock. */
export const needsToken = ({ settings }: Pick<Place, 'settings'>): boolean =>
  /[?&]auth=iam(?:&|$)/.test(settings.database)
