import { readFile, stat } from 'node:fs/promises'
import { BatchQueryError } from '../errors/index.ts'
import type { DatabaseUrl } from './database-url.ts'

/** The file in which users of the database's own tools keep their passwords. */
export interface PasswordFile {
  /** Its path; null if the environment names no folder for it. */
  path(environment: NodeJS.ProcessEnv): string | null
  /** The tools ignore a file with one of these permissions. */
  readonly forbidden: number
  /** For people: how to repair such a file. */
  readonly repair: string
  /** The password of a login; null if the text has none for it. */
  find(text: string, url: DatabaseUrl): string | null
}

/** The entry of the file for a login. */
export interface FoundPassword {
  readonly password: string | null
  /** Why the file was ignored, and what to do; null if it was not. */
  readonly ignored: string | null
}

const NOTHING: FoundPassword = { password: null, ignored: null }

/** Looks for the password of a login, as the database's own tools do. @throws CONFIG if the file exists and cannot be read */
export async function findPassword(
  file: PasswordFile,
  url: DatabaseUrl,
  environment: NodeJS.ProcessEnv,
): Promise<FoundPassword> {
  const path = file.path(environment)
  if (path === null) return NOTHING
  try {
    const { mode } = await stat(path)
    if ((mode & file.forbidden) !== 0) {
      const why = `${path} is ignored, because other users have rights on it: ${file.repair} ${path}.`
      return { password: null, ignored: why }
    }
    return { password: file.find(await readFile(path, 'utf8'), url), ignored: null }
  } catch (cause) {
    if (isMissing(cause)) return NOTHING
    throw new BatchQueryError('CONFIG', `cannot read ${path}`, {
      cause,
      hint: 'Make the file readable for this user, or name another one with passwordFile= in the URL.',
    })
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
