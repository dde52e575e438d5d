import { BatchQueryError } from '../../errors/index.ts'
import type { StagedObject, StageToken } from '../store.ts'
import { formatS3Uri } from './address.ts'
import type { Pieces } from './chunk-body.ts'
import { LEAST_CHUNK_BYTES } from './chunks.ts'
import { type ChunkMemory, CollectedChunk } from './collected-chunk.ts'
import { sendChunk } from './multipart.ts'
import type { S3Service } from './service.ts'
import type { Slots } from './slots.ts'

/** The parts that all staged objects of a store share. */
export interface Sending {
  readonly service: S3Service
  /** Limits how many chunks are sent at the same time. */
  readonly slots: Slots
  readonly memory: ChunkMemory
}

/**
 * A staged object that sends its chunks as they are written. A large write is a chunk, together with the bytes collected before it,
 * and is sent from the caller's memory. S3 takes no small chunks, so small writes are copied together. They resolve when the
 * sending of their chunk begins, which limits how many bytes wait.
 */
export class StagedUpload implements StagedObject {
  readonly token: StageToken
  readonly #common: Sending
  readonly #onFinished: () => void
  readonly #collected: CollectedChunk
  /** The chunks that are being sent. These promises never reject. */
  readonly #sending = new Set<Promise<void>>()
  readonly #abandoned = new AbortController()
  #chunks = 0
  #failed: { readonly reason: unknown } | null = null

  /** @param onFinished is called when the store has every chunk */
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
    // S3 completes no upload without a chunk. An empty chunk suffices.
    if (!this.#collected.isEmpty || this.#chunks === 0) this.#send()
    await this.close()
    this.#throwFailure()
    this.#onFinished()
  }

  /** Resolves when no chunk is being sent. */
  async close(): Promise<void> {
    await Promise.all(this.#sending)
  }

  /** Ends the requests that are under way, and sends nothing more. */
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

  /** Sends the collected bytes, followed by these, as the next chunk. */
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

  /** After the first failure it tries nothing more, because the object has a hole. */
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
