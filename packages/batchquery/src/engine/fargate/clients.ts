import { AwsFailure, clientOptions, failureOf, watched, whileDoing } from '../../aws/index.ts'
import { backOff } from './back-off.ts'
import type { EcsCommands } from './ecs-commands.ts'
import { type Doing, explainFailure, kindOf } from './ecs-errors.ts'
import type { SfnCommands } from './fan-out/sfn-commands.ts'
import type { LogsCommands } from './logs-commands.ts'
import type { SsmCommands } from './ssm-commands.ts'

const CONNECT_MS = 5_000
const ANSWER_MS = 20_000

/** How often a repeatable request is sent at most. */
const ATTEMPTS = 5

/** The settings of every AWS client of this module. @throws as `prepareSdk` */
export const clientSettings = async (region: string | null) => ({
  ...(await clientOptions(region, {
    connectionTimeout: CONNECT_MS,
    requestTimeout: ANSWER_MS,
    throwOnRequestTimeout: true,
  })),
  // This module retries by itself: it knows which requests may be sent again.
  maxAttempts: 1,
})

/**
 * The clients of ECS, Step Functions, CloudWatch Logs and Systems Manager, by region. Credentials, profile, region and endpoints are the SDK's own
 * settings. The SDK is loaded with the first request.
 */
export class AwsClients {
  readonly #ecs = new Map<string, Promise<EcsCommands>>()
  readonly #logs = new Map<string, Promise<LogsCommands>>()
  readonly #sfn = new Map<string, Promise<SfnCommands>>()
  readonly #ssm = new Map<string, Promise<SsmCommands>>()

  /** @param region null for the region that the SDK finds */
  ecs(region: string | null): Promise<EcsCommands> {
    return once(this.#ecs, region, async () => {
      const { EcsCommands } = await import('./ecs-commands.ts')
      return watched(new EcsCommands(await clientSettings(region)))
    })
  }

  logs(region: string | null): Promise<LogsCommands> {
    return once(this.#logs, region, async () => {
      const { LogsCommands } = await import('./logs-commands.ts')
      return watched(new LogsCommands(await clientSettings(region)))
    })
  }

  sfn(region: string | null): Promise<SfnCommands> {
    return once(this.#sfn, region, async () => {
      const { SfnCommands } = await import('./fan-out/sfn-commands.ts')
      return watched(new SfnCommands(await clientSettings(region)))
    })
  }

  ssm(region: string | null): Promise<SsmCommands> {
    return once(this.#ssm, region, async () => {
      const { SsmCommands } = await import('./ssm-commands.ts')
      return watched(new SsmCommands(await clientSettings(region)))
    })
  }
}

/** Returns the client of a region, and makes it at the first call. */
export function once<T>(
  made: Map<string, Promise<T>>,
  region: string | null,
  make: () => Promise<T>,
): Promise<T> {
  const client = made.get(region ?? '') ?? make()
  made.set(region ?? '', client)
  return client
}

/**
 * Sends a repeatable request, up to `attempts` times as long as another attempt may succeed.
 *
 * @throws AUTHENTICATION, PERMISSION, CONFIG, NO_CAPACITY (throttled), ENGINE_FAILED
 */
export async function requestPatiently<T>(
  doing: Doing,
  send: () => Promise<T>,
  attempts = ATTEMPTS,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const result = await resultOrFailure(send).catch((thrown: unknown) => {
      throw whileDoing(`Cannot ${doing.what}`, thrown)
    })
    if (!(result instanceof AwsFailure)) return result
    if (kindOf(result) === 'refused' || attempt === attempts) throw explainFailure(doing, result)
    await backOff(attempt)
  }
}

/** Returns the failure of a request instead of throwing it. @throws any other error */
export const resultOrFailure = <T>(send: () => Promise<T>): Promise<T | AwsFailure> => send().catch(failureOf)
