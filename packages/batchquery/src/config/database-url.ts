import { resolve } from 'node:path'
import { databaseDialect, ownSettings } from '../database/dialects.ts'
import { parseDatabaseUrl } from '../database/url.ts'

/** Settings of a URL that are paths of files. */
const PATHS = [
  'passwordFile',
  'sslrootcert',
  ...ownSettings.flatMap(({ name, isPath }) => (isPath ? name : [])),
]

/** The URL with absolute paths: relative ones start from the folder. @throws CONFIG */
export function anchorDatabaseUrl(text: string, folder: string): string {
  const { dialect: key, name } = parseDatabaseUrl(text)
  const dialect = databaseDialect(key)
  if (dialect.kind === 'embedded')
    return name === dialect.inMemory ? text : `${dialect.schemes[0]}:${resolve(folder, name)}`
  const url = new URL(text)
  for (const setting of PATHS) {
    const path = url.searchParams.get(setting)
    if (path !== null) url.searchParams.set(setting, resolve(folder, path))
  }
  return url.href
}
