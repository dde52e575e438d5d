import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Credentials } from '../database/credentials.ts'
import type { Database } from '../database/database.ts'
import type { DatabaseUrl } from '../database/database-url.ts'
import { databaseDialect, inMemoryUrl } from '../database/dialects.ts'
import { iamCredentials } from '../database/iam-credentials.ts'
import { passwordCredentials } from '../database/password-credentials.ts'
import { secretCredentials } from '../database/secret-credentials.ts'
import { parseDatabaseUrl } from '../database/url.ts'

/** Loads the driver of a URL, for a caller that opens it soon and must wait for something else first. Never rejects. */
export async function loadDriverAhead(text: string): Promise<void> {
  try {
    await databaseDialect(parseDatabaseUrl(text).dialect).load()
  } catch {
    // `openDatabase` reports it.
  }
}

/**
 * The database of a URL. Its driver is loaded now, unless it is already.
 *
 * @param folder the start of the relative path of an embedded database
 * @throws CONFIG
 */
export async function openDatabase(
  text: string,
  environment: NodeJS.ProcessEnv,
  folder: string,
): Promise<Database> {
  const url = parseDatabaseUrl(text)
  const dialect = databaseDialect(url.dialect)
  if (dialect.kind === 'server') return dialect.open(url, credentialsOf(url, environment))
  return dialect.open(url.name === dialect.inMemory ? url.name : resolve(folder, url.name))
}

/**
 * The URL of a database for a caller that must not make a file: one in memory replaces an embedded database whose file does not exist.
 *
 * @throws CONFIG
 */
export function existingDatabase(text: string, folder: string): string {
  const { dialect: name, name: file } = parseDatabaseUrl(text)
  const dialect = databaseDialect(name)
  if (dialect.kind === 'server' || file === dialect.inMemory || existsSync(resolve(folder, file))) return text
  return inMemoryUrl(dialect)
}

function credentialsOf(url: DatabaseUrl, environment: NodeJS.ProcessEnv): Credentials {
  const { auth } = url
  switch (auth.kind) {
    case 'password':
      return passwordCredentials(url, environment)
    case 'iam':
      return iamCredentials(url, auth.region)
    case 'secret':
      return secretCredentials(url, auth.secret, auth.region)
  }
}
