import { ownSettings } from '../database/dialects.ts'
import { namesService } from '../database/services.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { isLoopbackHost } from '../platform/index.ts'
import { anchorDatabaseUrl } from './database-url.ts'
import { readSettings, type Settings, settingsEnvironment } from './settings.ts'

const OWN_PATHS = ownSettings.flatMap(({ name, isPath }) => (isPath ? name : []))

/** The settings for a runner on this machine that works in another folder, or sees other files. */
export interface MovedSettings {
  /** As `settingsEnvironment` returns it, with absolute paths only. */
  readonly environment: Readonly<Record<string, string>>
  readonly settings: Settings
  /** The files that the databases need: certificates, passwords, sockets. */
  readonly files: readonly string[]
  /** Whether a database is on the loopback of this machine. */
  readonly isLoopback: boolean
}

/**
 * Makes the paths in the settings absolute.
 *
 * @param environment of `settingsEnvironment`
 * @param folder relative paths start here
 * @throws CONFIG
 */
export function moveSettings(environment: Readonly<Record<string, string>>, folder: string): MovedSettings {
  const given = readSettings({}, environment, folder)
  const databases = new Map(
    [...given.databases].map(([name, url]) => [name, anchorDatabaseUrl(url, folder)] as const),
  )
  const settings = { ...given, databases, database: anchorDatabaseUrl(given.database, folder) }
  // A service that could not be read has no files.
  const complete = [settings.database, ...databases.values()].filter(url => !namesService(url))
  const urls = complete.map(parseDatabaseUrl)
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
