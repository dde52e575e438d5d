import { resolve } from 'node:path'
import { databaseDialect, ownSettings } from '../database/dialects.ts'
import { namesService } from '../database/services.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { redactUrl } from '../platform/index.ts'

/** Settings of a URL that are paths of files. */
const PATHS = [
  'passwordFile',
  'sslrootcert',
  ...ownSettings.flatMap(({ name, isPath }) => (isPath ? name : [])),
]

/** Returns the URL with absolute paths: relative ones start at the folder. @throws CONFIG */
export function anchorDatabaseUrl(text: string, folder: string): string {
  if (!namesService(text)) {
    const { dialect: key, name } = parseDatabaseUrl(text)
    const dialect = databaseDialect(key)
    if (dialect.kind === 'embedded')
      return name === dialect.inMemory ? text : `${dialect.schemes[0]}:${resolve(folder, name)}`
  }
  const url = new URL(text)
  for (const setting of PATHS) {
    const path = url.searchParams.get(setting)
    if (path !== null) url.searchParams.set(setting, resolve(folder, path))
  }
  return url.href
}

/** Returns why another machine cannot use a URL; null if it can. */
export function remoteFault(text: string): string | null {
  if (namesService(text)) return 'names a service of this machine'
  const { dialect: key, name } = parseDatabaseUrl(text)
  const dialect = databaseDialect(key)
  if (dialect.kind === 'embedded') return name === dialect.inMemory ? null : 'is a file on this machine'
  if (redactUrl(text) !== text) return 'has a password, which everyone who may look at the ECS task could see'
  return new URL(text).searchParams.has('passwordFile') ? 'has its password in a file on this machine' : null
}
