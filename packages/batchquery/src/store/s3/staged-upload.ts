import { BatchQueryError } from '../../errors/index.ts'
import type { StagedObject, StageToken } from '../store.ts'
import { formatS3Uri } from './address.ts'
import type { Pieces } from './chunk-body.ts'
import { LEAST_CHUNK_BYTES } from './chunks.ts'
import { type ChunkMemory, CollectedChunk } from './collected-chunk.ts'
import { sendChunk } from './multipart.ts'
import type { S3Service } from './service.ts'
import type { Slots } from './slots.ts'

/** What all staged objects of a store have in common. */
export interface Sending {
  readonly service: S3Service
  /** For the chunks that are on their way at once. */
  readonly slots: Slots
  readonly memory: ChunkMemory
}

/**
 * A staged object whose chunks are sent as they are written. A large write is a chunk, with what was collected before
 * it, and sent from the very memory it was given in. Small ones, which S3 does not take, are copied together; so they
 * settle when their chunk has begun to be sent, which bounds what is waiting.
 */
export class StagedUpload implements StagedObject {
  readonly token: StageToken
  readonly #common: Sending
  readonly #onFinished: () => void
  readonly #collected: CollectedChunk
  /** What is being sent; each settles well. */
  readonly #sending = new Set<Promise<void>>()
  readonly #abandoned = new AbortController()
  #chunks = 0
  #failed: { readonly reason: unknown } | null = null

  /** @param onFinished is told when the store has every chunk */
  constructor(token: StageToken, common: Sending, onFinished: () => void) {
    this.token = token
    this.#common = common
    this.#onFinished = onFinished
    this.#collected = new CollectedChunk(common.memory)
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#throwFailure()
    if (bytes.length >= LEAST_CHUNK_BYTES) await this.#send(bytes).sent
    else await this.#collect(bytes)
    this.#throwFailure()
  }

  async finish(): Promise<void> {
    // S3 completes no upload without a chunk; an empty one will do.
    if (!this.#collected.isEmpty || this.#chunks === 0) this.#send()
    await this.close()
    this.#throwFailure()
    this.#onFinished()
  }

  /** Settles when nothing is on its way any more. */
  async close(): Promise<void> {
    await Promise.all(this.#sending)
  }

  /** Nothing more is sent, and what is on its way is given up. */
  abandon(): void {
    const message = `The upload of ${formatS3Uri(this.token)} was aborted.`
    this.#failed ??= { reason: new BatchQueryError('STORE_FAILED', message) }
    this.#abandoned.abort()
  }

  async #collect(bytes: Uint8Array): Promise<void> {
    const begun: Promise<void>[] = []
    for (let at = 0; at < bytes.length; ) {
      at += this.#collected.append(bytes.subarray(at), this.#chunks)
      if (this.#collected.isFull) begun.push(this.#send().begun)
    }
    await Promise.all(begun)
  }

  /** Sends what was collected, and these bytes behind it, as the next chunk. */
  #send(...bytes: Uint8Array[]): { readonly begun: Promise<void>; readonly sent: Promise<void> } {
    const { slots } = this.#common
    const number = ++this.#chunks
    const collected = this.#collected.take()
    const begun = slots.take()
    const sent = begun
      .then(() => this.#attempt(number, [collected.bytes, ...bytes]))
      .finally(() => {
        collected.release()
        slots.give()
      })
    const done = sent.catch(() => {}).finally(() => this.#sending.delete(done))
    this.#sending.add(done)
    return { begun, sent }
  }

  /** After the first failure nothing is tried any more: the object has a hole. */
  async #attempt(number: number, pieces: Pieces): Promise<void> {
    this.#throwFailure()
    try {
      await sendChunk(this.#common.service, this.token, number, pieces, this.#abandoned.signal)
    } catch (reason) {
      this.#failed ??= { reason }
      throw reason
    }
  }

  #throwFailure(): void {
    if (this.#failed !== null) throw this.#failed.reason
  }
}
