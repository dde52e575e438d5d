import { readFile } from 'node:fs/promises'
import { BatchQueryError } from '../errors/index.ts'
import { isMarkedText, MARKED, readValueText, SAVE_AGAIN } from '../platform/index.ts'
import type { Credentials } from './credentials.ts'
import type { DatabaseUrl } from './database-url.ts'
import { databaseDialect } from './dialects.ts'
import { type FoundPassword, findPassword } from './password-file.ts'

/**
 * The password of the URL, of the file `passwordFile=`, or of the environment variable or the file that the database's own tools
 * read, in this order.
 */
export function passwordCredentials(url: DatabaseUrl, environment: NodeJS.ProcessEnv): Credentials {
  const { user } = url
  let ignored: string | null = null
  return {
    async read() {
      const found = await readPassword(url, environment)
      ignored = found.ignored
      return { user, password: found.password }
    },
    renew: async () => null,
    explain: ({ error }) =>
      ignored === null
        ? error
        : new BatchQueryError(error.code, error.message, { cause: error.cause, hint: ignored }),
  }
}

async function readPassword(url: DatabaseUrl, environment: NodeJS.ProcessEnv): Promise<FoundPassword> {
  const given = url.password ?? (await givenPassword(url, environment))
  const dialect = databaseDialect(url.dialect)
  if (given !== null || dialect.kind === 'embedded') return { password: given, ignored: null }
  return findPassword(await dialect.passwordFile(), url, environment)
}

async function givenPassword(url: DatabaseUrl, environment: NodeJS.ProcessEnv): Promise<string | null> {
  if (url.passwordFile !== null) return readPasswordFile(url.passwordFile)
  const dialect = databaseDialect(url.dialect)
  if (dialect.kind === 'embedded') return null
  const variable = dialect.passwordVariable
  const password = environment[variable] ?? null
  if (password !== null && isMarkedText(password))
    throw new BatchQueryError(
      'CONFIG',
      `the variable ${variable} ${MARKED}, which cannot be part of a password`,
      {
        hint: 'Save the file that the value came from in UTF-8 without BOM.',
      },
    )
  return password
}

async function readPasswordFile(path: string): Promise<string> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new BatchQueryError('CONFIG', `cannot read passwordFile ${JSON.stringify(path)}`, {
      cause,
      hint: 'Name a file that this process can read. Its first line is the password.',
    })
  }
  const shown = `passwordFile ${JSON.stringify(path)}`
  if (bytes.length === 0) throw unusable(shown, 'is empty')
  const read = readValueText(bytes)
  if (read.fault !== null) throw unusable(shown, read.fault)
  const [password = ''] = read.text.split(/[\r\n]/, 1)
  if (password === '') throw unusable(shown, 'has an empty first line')
  if (password.includes('\0')) throw unusable(shown, 'has a NUL character')
  return password
}

const unusable = (shown: string, why: string): BatchQueryError =>
  new BatchQueryError('CONFIG', `${shown} ${why}, and its first line is the password`, {
    hint: SAVE_AGAIN.replace('VALUE', 'PASSWORD'),
  })
