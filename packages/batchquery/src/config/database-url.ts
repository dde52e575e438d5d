import { resolve } from 'node:path'
import { parseDatabaseUrl } from '../database/url.ts'
import { redactUrl } from '../platform/index.ts'

export const IN_MEMORY = ':memory:'

/** Settings of a URL that are paths. */
const PATHS = ['passwordFile', 'sslrootcert', 'server-public-key-path']

/** Returns the URL with absolute paths: relative ones start at the folder. @throws CONFIG */
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

/** Returns why another machine cannot use a URL; null if it can. */
export function remoteFault(text: string): string | null {
  const { dialect, name } = parseDatabaseUrl(text)
  if (dialect === 'duckdb') return name === IN_MEMORY ? null : 'is a file of this machine'
  if (redactUrl(text) !== text) return 'has a password, which would be visible with the ECS task'
  return new URL(text).searchParams.has('passwordFile') ? 'has its password in a file of this machine' : null
}
