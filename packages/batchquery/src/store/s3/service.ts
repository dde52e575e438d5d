import { setTimeout as sleep } from 'node:timers/promises'
import { whileDoing } from '../../aws/index.ts'
import type { ObjectAddress } from '../store.ts'
import { formatS3Uri } from './address.ts'
import type { Clients } from './clients.ts'
import { type Doing, explain, retryOf } from './errors.ts'
import { failureOf } from './failure.ts'
import { delayMs, mayRetry } from './patience.ts'
import type { S3Commands } from './s3-commands.ts'

/** Requests of S3: each sent to its bucket's region and, while that may help, sent again. */
export class S3Service {
  readonly #clients: Clients
  readonly #onRetry: (text: string) => void
  /** The buckets that have answered. */
  readonly #known = new Set<string>()

  /** @param onRetry gets a line for each request that is sent again */
  constructor(clients: Clients, onRetry: (text: string) => void) {
    this.#clients = clients
    this.#onRetry = onRetry
  }

  isKnown(bucket: string): boolean {
    return this.#known.has(bucket)
  }

  /**
   * @param send is called once for each attempt. Every request that goes this way may be repeated: where the first
   *   attempt did its work and only the answer was lost, the second must do no harm.
   * @param signal ends the waiting for another attempt; the request itself is for `send` to end
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
          this.#onRetry(`s3://${bucket} is in the region ${elsewhere}: going on there`)
      }
    }
  }

  /**
   * Settles when what failed may be tried again.
   *
   * @param attempt how often it was tried
   * @throws BatchQueryError where trying again does not help, what was thrown where it was no answer of S3
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

/** The region that S3 says the bucket is in, where it is not the one that was asked. */
async function anotherRegion(s3: S3Commands, thrown: unknown): Promise<string | null> {
  const region = failureOf(thrown)?.bucketRegion ?? null
  return region === null || region === (await s3.config.region()) ? null : region
}

/** What is being done to an object. */
export function doingTo(what: string, action: string, address: ObjectAddress): Doing {
  const resource = `arn:aws:s3:::${address.bucket}/${address.key}`
  return { what: `${what} ${formatS3Uri(address)}`, action, resource }
}

/** What is being done to a bucket. */
export function doingIn(what: string, action: string, bucket: string): Doing {
  return { what: `${what} s3://${bucket}`, action, resource: `arn:aws:s3:::${bucket}` }
}
