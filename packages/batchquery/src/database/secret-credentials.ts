import { BatchQueryError } from '../errors/index.ts'
import { awsFailure, sdkReady } from './aws-failure.ts'
import type { Credentials, Identity } from './credentials.ts'
import type { DatabaseUrl } from './url.ts'

const ANSWER_MS = 10_000

/**
 * What AWS Secrets Manager keeps: the JSON that RDS writes, of which `username` and `password` are read, or the
 * password itself. A user of the URL stands before the secret's.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 *
 * @param secret ARN or name
 */
export function secretCredentials(url: DatabaseUrl, secret: string, region: string | null): Credentials {
  const read = async (): Promise<Identity> =>
    readIdentity(await fetchSecret(secret, region), secret, url.user)
  return {
    read,
    // It may have been rotated between the reading and the login.
    renew: async refused => {
      const again = await read()
      return again.user === refused.user && again.password === refused.password ? null : again
    },
    explain: ({ error }) =>
      new BatchQueryError(error.code, error.message, {
        hint: `The server does not take what the secret ${secret} has now: rotate it, or set the user's password to it.`,
        cause: error.cause,
      }),
  }
}

/** @throws AUTHENTICATION, PERMISSION, CONFIG, DATABASE_UNREACHABLE */
async function fetchSecret(secret: string, region: string | null): Promise<string> {
  sdkReady()
  const { GetSecretValueCommand, SecretsManagerClient } = await import('./secrets-manager.ts')
  const client = new SecretsManagerClient({
    ...(region === null ? {} : { region }),
    requestHandler: { connectionTimeout: ANSWER_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  })
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secret }))
    if (SecretString !== undefined) return SecretString
  } catch (cause) {
    throw awsFailure(`the secret ${secret} cannot be read`, cause)
  } finally {
    client.destroy()
  }
  throw unusable(secret, 'it is binary', 'Store the password, or the JSON that RDS writes, as text.')
}

function readIdentity(text: string, secret: string, user: string): Identity {
  const { username, password } = text.trimStart().startsWith('{')
    ? readJson(text, secret)
    : { username: '', password: text }
  if (typeof password !== 'string' || password === '')
    throw unusable(
      secret,
      'its JSON has no password',
      'Give it the fields username and password, as RDS does.',
    )
  const named = user === '' && typeof username === 'string' ? username : user
  if (named !== '') return { user: named, password }
  throw unusable(
    secret,
    'it names no user',
    'Write the user before the host in the URL, or as username in the secret.',
  )
}

function readJson(
  text: string,
  secret: string,
): { readonly username?: unknown; readonly password?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below. What the parser says would quote the secret.
  }
  throw unusable(secret, 'it begins as JSON and is none', 'Correct it, or store the password alone.')
}

const unusable = (secret: string, why: string, hint: string): BatchQueryError =>
  new BatchQueryError('CONFIG', `the secret ${secret} cannot be used: ${why}`, { hint })
