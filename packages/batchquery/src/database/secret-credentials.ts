import { BatchQueryError } from '../errors/index.ts'
import type { Credentials, Identity } from './credentials.ts'
import type { DatabaseUrl } from './database-url.ts'
import { readSecret } from './secret-text.ts'
import { SecretsManager, type Stage } from './secrets-manager.ts'

/**
 * The login that AWS Secrets Manager keeps. A rotation may come between the reading and the login, and between the new
 * password of the database and that of the secret:
 *
 *     refused ──▶ read again ──(another one)──▶ try it
 *                     └─(the same)──▶ the one that comes next ──(there is one)──▶ try it
 *
 * @param secret ARN or name
 * @param region null: as the SDK finds it
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
        hint: `The server does not take what the secret ${secret} has now: rotate it, or set the user's password to it.`,
        cause: error.cause,
      }),
  }
}

const isSame = (one: Identity, other: Identity): boolean =>
  one.user === other.user && one.password === other.password
