import { ownSettings } from '../database/dialects.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { isLoopbackHost } from '../platform/index.ts'
import { anchorDatabaseUrl } from './database-url.ts'
import { readSettings, type Settings, settingsEnvironment } from './settings.ts'

const OWN_PATHS = ownSettings.flatMap(({ name, isPath }) => (isPath ? name : []))

/** What a runner on this machine needs of it, that works in another folder or sees other files. */
export interface MovedSettings {
  /** As `settingsEnvironment` gives it, with absolute paths alone. */
  readonly environment: Readonly<Record<string, string>>
  readonly settings: Settings
  /** What the databases need to be reached: certificates, passwords, sockets. */
  readonly files: readonly string[]
  /** Whether a database is on the loopback of this machine. */
  readonly isLoopback: boolean
}

/**
 * @param environment has what `settingsEnvironment` gives
 * @param folder what relative paths in it start from
 * @throws CONFIG
 */
export function moveSettings(environment: Readonly<Record<string, string>>, folder: string): MovedSettings {
  const given = readSettings({}, environment, folder)
  const databases = new Map(
    [...given.databases].map(([name, url]) => [name, anchorDatabaseUrl(url, folder)] as const),
  )
  const settings = { ...given, databases, database: anchorDatabaseUrl(given.database, folder) }
  const urls = [settings.database, ...databases.values()].map(parseDatabaseUrl)
  return {
    environment: settingsEnvironment(settings),
    settings,
    files: urls.flatMap(({ sslRootCert, passwordFile, socket, own }) =>
      [sslRootCert, passwordFile, socket, ...OWN_PATHS.map(name => own.get(name))].flatMap(
        path => path ?? [],
      ),
    ),
    isLoopback: urls.some(({ host }) => isLoopbackHost(host)),
  }
}
