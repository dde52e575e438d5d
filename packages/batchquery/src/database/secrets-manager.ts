import { clientOptions, watched } from '../aws/index.ts'
import { awsFailure } from './aws-failure.ts'

/** The present version of a secret and, during a rotation, the next one, which the database may know already. */
export type Stage = 'AWSCURRENT' | 'AWSPENDING'

const CONNECT_MS = 5_000
const ANSWER_MS = 10_000

/** AWS Secrets Manager of a region. Credentials and endpoint come from the SDK's default chain. */
export class SecretsManager {
  readonly #region: string | null
  #client: ReturnType<typeof makeClient> | null = null

  /** @param region null: the SDK's default */
  constructor(region: string | null) {
    this.#region = region
  }

  /**
   * The text of a secret; null if there is none of that stage.
   *
   * @throws SECRET_NOT_FOUND, AUTHENTICATION, PERMISSION, CONFIG, SECRETS_UNREACHABLE
   */
  async read(secret: string, stage: Stage, signal?: AbortSignal): Promise<string | null> {
    this.#client ??= makeClient(this.#region)
    try {
      const { SecretString, SecretBinary } = await (await this.#client)(secret, stage, signal)
      return SecretString ?? Buffer.from(SecretBinary ?? []).toString('utf8')
    } catch (thrown) {
      const isMissing = thrown instanceof Error && thrown.name === 'ResourceNotFoundException'
      if (stage === 'AWSPENDING' && isMissing) return null
      throw awsFailure(`cannot read the secret ${secret}`, thrown, 'SECRETS_UNREACHABLE')
    }
  }
}

async function makeClient(region: string | null) {
  const options = await clientOptions(region, {
    connectionTimeout: CONNECT_MS,
    requestTimeout: ANSWER_MS,
    throwOnRequestTimeout: true,
  })
  const { GetSecretValueCommand, SecretsManagerClient } = await import('./secrets-manager-client.ts')
  const client = watched(new SecretsManagerClient(options))
  return (SecretId: string, VersionStage: Stage, signal?: AbortSignal) =>
    client.send(
      new GetSecretValueCommand({ SecretId, VersionStage }),
      signal === undefined ? {} : { abortSignal: signal },
    )
}
