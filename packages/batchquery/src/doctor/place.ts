import type { DiscoveredStack, SettingSources, Settings } from '../config/index.ts'
import type { DatabaseUrl } from '../database/database-url.ts'
import type { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import type { Store } from '../store/index.ts'

/** What is looked at, and from where. */
export interface Place {
  /** Of this look: letters, digits and hyphens. What it stages bears it, and so do its sessions. */
  readonly id: string
  readonly settings: Settings
  readonly sources: SettingSources
  readonly store: Store
  /** Null where AWS was not asked for one. */
  readonly stack: DiscoveredStack | null
  /** Why a stack that is wanted cannot be had; then nothing is known that it would have told. */
  readonly stackError: BatchQueryError | null
  readonly environment: NodeJS.ProcessEnv
  /** What relative paths start from. */
  readonly folder: string
  readonly log: Log
}

/** The place, with the URL of the database read. */
export interface DatabasePlace extends Place {
  readonly url: DatabaseUrl
}

/** Whether its logins bear a token (`auth=iam`), which our clock dates. */
export const needsToken = ({ settings }: Pick<Place, 'settings'>): boolean =>
  /[?&]auth=iam(?:&|$)/.test(settings.database)
