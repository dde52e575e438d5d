import { setTimeout as sleep } from 'node:timers/promises'
import { whileDoing } from '../../aws/index.ts'
import type { ObjectAddress } from '../store.ts'
import { formatS3Uri } from './address.ts'
import type { Clients } from './clients.ts'
import { type Doing, explain, retryOf } from './errors.ts'
import { failureOf } from './failure.ts'
import { delayMs, mayRetry } from './patience.ts'
import type { S3Commands } from './s3-commands.ts'

/** Sends requests to the region of their bucket, and repeats them as long as that may help. */
export class S3Service {
  readonly #clients: Clients
  readonly #onRetry: (text: string) => void
  /** The buckets for which S3 has answered. */
  readonly #known = new Set<string>()

  /** @param onRetry takes a line for each request that is repeated */
  constructor(clients: Clients, onRetry: (text: string) => void) {
    this.#clients = clients
    this.#onRetry = onRetry
  }

  isKnown(bucket: string): boolean {
    return this.#known.has(bucket)
  }

  /**
   * @param send is called once for each attempt. It must be safe to repeat: if the first attempt succeeded and only its answer was
   *   lost, the second one must do no harm.
   * @param signal ends the waiting for another attempt; `send` must end the request itself
   * @throws BatchQueryError as the contract of the store says
   */
  async call<T>(
    bucket: string,
    doing: Doing,
    send: (s3: S3Commands) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    let redirected = false
    for (let attempt = 1; ; attempt++) {
      const s3 = await this.#clients.of(bucket)
      try {
        const output = await send(s3)
        this.#known.add(bucket)
        return output
      } catch (thrown) {
        const elsewhere = redirected ? null : await anotherRegion(s3, thrown)
        if (elsewhere === null) {
          await this.pause(doing, thrown, attempt, signal)
          continue
        }
        redirected = true
        if (this.#clients.setRegion(bucket, elsewhere))
          this.#onRetry(`${formatS3Uri({ bucket })} is in the region ${elsewhere}; continuing there`)
      }
    }
  }

  /**
   * Resolves when the failed request may be tried again.
   *
   * @param attempt how often it was tried
   * @throws BatchQueryError if another attempt would not help; the thrown value itself if it is not the failure of a request
   */
  async pause(doing: Doing, thrown: unknown, attempt: number, signal?: AbortSignal): Promise<void> {
    const failure = failureOf(thrown)
    if (failure === null) throw whileDoing(`Cannot ${doing.what}`, thrown)
    const isSkew = failure.clockCorrected && attempt === 1
    if (!isSkew && !mayRetry(retryOf(failure), attempt, this.#known.size > 0)) throw explain(doing, failure)
    const delay = delayMs(attempt)
    const next = `trying again in ${(delay / 1000).toFixed(1)} s (attempt ${attempt + 1})`
    this.#onRetry(`could not ${doing.what}: ${failure.describe()}; ${next}`)
    await sleep(delay, undefined, { signal })
  }
}

/** The region of the bucket, if S3 reported that it is not the one of this client. */
async function anotherRegion(s3: S3Commands, thrown: unknown): Promise<string | null> {
  const region = failureOf(thrown)?.bucketRegion ?? null
  return region === null || region === (await s3.config.region()) ? null : region
}

/** Describes a request about an object. */
export function doingTo(what: string, action: string, address: ObjectAddress): Doing {
  const resource = `arn:aws:s3:::${address.bucket}/${address.key}`
  return { what: `${what} ${formatS3Uri(address)}`, action, resource }
}

/** Describes a request about a bucket. */
export function doingIn(what: string, action: string, bucket: string): Doing {
  return { what: `${what} ${formatS3Uri({ bucket })}`, action, resource: `arn:aws:s3:::${bucket}` }
}
