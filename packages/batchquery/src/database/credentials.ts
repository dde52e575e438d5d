import { readFile } from 'node:fs/promises'
import { BatchQueryError } from '../errors/index.ts'
import type { DatabaseUrl } from './url.ts'

/**
 * Gives the secret of a login, asked anew for every connection: a token lives for minutes, a password file may
 * have been renewed.
 */
export type Credentials = () => Promise<string | null>

/** The password of the URL, of `passwordFile=`, or of the environment variable that the database's own tools read. */
export function passwordCredentials(url: DatabaseUrl, environment: NodeJS.ProcessEnv): Credentials {
  const variable = url.dialect === 'mysql' ? 'MYSQL_PWD' : 'PGPASSWORD'
  const { passwordFile } = url
  if (url.password !== null) return async () => url.password
  if (passwordFile !== null) return () => readPasswordFile(passwordFile)
  return async () => environment[variable] ?? null
}

async function readPasswordFile(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8')
    return text.split(/\r?\n/, 1)[0] ?? ''
  } catch (cause) {
    throw new BatchQueryError('CONFIG', `passwordFile ${JSON.stringify(path)} cannot be read`, {
      cause,
      hint: 'Name a file that this process may read; its first line is the password.',
    })
  }
}
