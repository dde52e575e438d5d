import * as v from 'valibot'
import { readBounded } from '../store/read-bounded.ts'
import type { Store } from '../store/store.ts'
import { launchKey, parseLaunchKey, runPrefix } from './keys.ts'
import { invalidObject, parseObject, toJsonBytes } from './parse-object.ts'

const MAX_LAUNCH_BYTES = 256 * 1024

/** `runs/<id>/launch-NNNN`, version 1. Any program that may write to the bucket may have written it. */
const launchRecord = v.object({
  version: v.literal(1),
  /** The exact request to the engine. Only the engine reads it. */
  request: v.record(v.string(), v.unknown()),
  /** The ARN of the ECS task that the engine started. */
  ecsTask: v.nullable(v.string()),
  /** Why the engine started nothing. */
  failure: v.nullable(v.string()),
})

type Request = Readonly<Record<string, unknown>>

/** A launch, read from the store. */
export interface Launch {
  readonly id: string
  /** From 1. */
  readonly number: number
  readonly request: Request
  readonly ecsTask: string | null
  readonly failure: string | null
  /** Milliseconds since it was last written, by the store's clock. */
  readonly ageMs: number
}

/**
 * The launches of a run on an engine that starts runners on other machines. A process writes the launch before it sends the
 * request, so that another process can repeat an interrupted launch with exactly the same request:
 *
 *     open ──the engine started it──▶ started (has its ARN)
 *       └────the engine refused it──▶ failed
 *
 * The engine may have started an open launch. A process never sends a started or failed one again.
 */
export class Launches {
  readonly #store: Store
  readonly #bucket: string

  constructor(store: Store, bucket: string) {
    this.#store = store
    this.#bucket = bucket
  }

  /** Null if there is none yet. @throws RUN_RECORD_INVALID */
  async latest(id: string): Promise<Launch | null> {
    const now = await this.#store.now(this.#bucket)
    let number = 0
    let writtenAt = 0
    for await (const { key, lastModified } of this.#store.list(this.#bucket, `${runPrefix(id)}launch-`)) {
      const found = parseLaunchKey(id, key)
      if (found === null || found < number) continue
      number = found
      writtenAt = lastModified.getTime()
    }
    return number === 0 ? null : this.#read(id, number, Math.max(0, now.getTime() - writtenAt))
  }

  /** Null if another process has created this launch. */
  async create(id: string, number: number, request: Request): Promise<Launch | null> {
    const launch = { id, number, request, ecsTask: null, failure: null, ageMs: 0 }
    return (await this.#store.create(this.#address(launch), bytesOf(launch))) ? launch : null
  }

  /** Writes the outcome. Two processes that repeat a launch write the same. */
  async recordOutcome(launch: Launch, outcome: Pick<Launch, 'ecsTask' | 'failure'>): Promise<Launch> {
    const concluded = { ...launch, ...outcome, ageMs: 0 }
    await this.#store.put(this.#address(concluded), bytesOf(concluded))
    return concluded
  }

  async #read(id: string, number: number, ageMs: number): Promise<Launch | null> {
    const address = this.#address({ id, number })
    const where = this.#store.uriOf(address)
    const bytes = await readBounded(this.#store, address, MAX_LAUNCH_BYTES)
    if (bytes === null) return null
    if (bytes === 'too large') throw invalidObject(where, `larger than ${MAX_LAUNCH_BYTES} bytes`)
    const { request, ecsTask, failure } = parseObject(launchRecord, bytes, where)
    return { id, number, request, ecsTask, failure, ageMs }
  }

  #address({ id, number }: Pick<Launch, 'id' | 'number'>) {
    return { bucket: this.#bucket, key: launchKey(id, number) }
  }
}

const bytesOf = ({ request, ecsTask, failure }: Launch): Uint8Array =>
  toJsonBytes({ version: 1, request, ecsTask, failure })
