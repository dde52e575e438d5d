import { BatchQueryError } from '../errors/index.ts'
import type { Credentials, Identity } from './credentials.ts'
import type { DatabaseUrl } from './database-url.ts'
import { readSecret } from './secret-text.ts'
import { SecretsManager, type Stage } from './secrets-manager.ts'

/**
 * The login that AWS Secrets Manager keeps. A rotation may change it between the reading and the login, and it changes the password in the
 * database and in the secret one after the other:
 *
 *     refused ──▶ read again ──(it differs)──▶ try it
 *                     └─(the same)──▶ read the pending version ──(there is one)──▶ try it
 *
 * @param secret ARN or name
 * @param region null: the SDK's default
 */
export function secretCredentials(url: DatabaseUrl, secret: string, region: string | null): Credentials {
  const manager = new SecretsManager(region)
  const readStage = async (stage: Stage, signal?: AbortSignal): Promise<Identity | null> => {
    const text = await manager.read(secret, stage, signal)
    return text === null ? null : readSecret(text, url, secret)
  }
  const read = async (signal?: AbortSignal): Promise<Identity> => {
    const identity = await readStage('AWSCURRENT', signal)
    if (identity !== null) return identity
    throw new BatchQueryError('SECRET_NOT_FOUND', `the secret ${secret} has no current version`)
  }
  return {
    read,
    renew: async (refused, signal) => {
      const again = await read(signal)
      if (!isSame(again, refused)) return again
      const next = await readStage('AWSPENDING', signal)
      return next === null || isSame(next, refused) ? null : next
    },
    explain: ({ error }) =>
      new BatchQueryError(error.code, error.message, {
        hint: `Rotate the secret ${secret}, or set the user's password to the one in it. The server refuses the login in the current secret.`,
        cause: error.cause,
      }),
  }
}

const isSame = (one: Identity, other: Identity): boolean =>
  one.user === other.user && one.password === other.password
