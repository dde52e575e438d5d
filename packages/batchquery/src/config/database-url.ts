import { resolve } from 'node:path'
import { parseDatabaseUrl } from '../database/url.ts'

export const IN_MEMORY = ':memory:'

/** Settings of a URL that are paths. */
const PATHS = ['passwordFile', 'sslrootcert', 'server-public-key-path']

/** The URL with absolute paths: relative ones start from the folder. @throws CONFIG */
export function anchorDatabaseUrl(text: string, folder: string): string {
  const { dialect, name } = parseDatabaseUrl(text)
  if (dialect === 'duckdb') return name === IN_MEMORY ? text : `duckdb:${resolve(folder, name)}`
  const url = new URL(text)
  for (const setting of PATHS) {
    const path = url.searchParams.get(setting)
    if (path !== null) url.searchParams.set(setting, resolve(folder, path))
  }
  return url.href
}
