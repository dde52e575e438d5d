import { BatchQueryError } from '../errors/index.ts'
import { isMarkedText, MARKED, withoutLineFeed } from '../platform/index.ts'
import type { Identity } from './credentials.ts'
import type { DatabaseUrl } from './database-url.ts'
import { databaseDialect } from './dialects.ts'

export const WITHOUT_MARK = 'Write it again without BOM: aws secretsmanager put-secret-value.'
const FORMS = 'Write {"username": "...", "password": "..."} into it, as RDS does, or only the password.'

/**
 * The login in a secret: the JSON that RDS writes, or a text that is the password. It takes user and password from the JSON; host, port
 * and database are those of the URL, which may name a reader or a proxy.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 *
 * @param secret ARN or name; no message contains the text itself
 * @throws CONFIG
 */
export function readSecret(text: string, url: DatabaseUrl, secret: string): Identity {
  const refuse = (why: string, hint: string) =>
    new BatchQueryError('CONFIG', `cannot use the secret ${secret}: ${why}`, { hint })
  if (isMarkedText(text)) throw refuse(`it ${MARKED}`, WITHOUT_MARK)
  const isJson = text.trimStart().startsWith('{')
  const { username, password, engine } = isJson ? fieldsOf(text) : { password: withoutLineFeed(text) }
  if (text.trim() === '') throw refuse('it is empty', FORMS)
  if (typeof password !== 'string' || password === '') throw refuse('it has no password', FORMS)
  // A private key, or a file with more than the password: no login can use all of it.
  if (/[\r\n]/.test(password)) throw refuse('its password has several lines', FORMS)
  const dialect = databaseDialect(url.dialect)
  if (typeof engine === 'string' && dialect.kind === 'server' && !dialect.secretEngines.test(engine))
    throw refuse(
      `its engine is ${JSON.stringify(engine)}, but the URL says ${url.dialect}`,
      'Name the secret of this database, or correct the URL.',
    )
  const user = typeof username === 'string' && username !== '' ? username : url.user
  if (user === '')
    throw refuse(
      'neither it nor the URL names a user',
      'Write the user before the host in the URL: user@host.',
    )
  if (url.user !== '' && url.user !== user)
    throw refuse(
      `it is the login of ${JSON.stringify(user)}, but the URL says ${JSON.stringify(url.user)}`,
      'Remove the user from the URL. A rotation may alternate between two users.',
    )
  return { user, password }
}

interface Fields {
  readonly username?: unknown
  readonly password?: unknown
  readonly engine?: unknown
}

/** Empty if the text is no JSON: the error of the parser would quote the secret. */
export function fieldsOf(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
