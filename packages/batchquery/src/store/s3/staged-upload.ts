import { BatchQueryError } from '../../errors/index.ts'
import type { StagedObject, StageToken } from '../store.ts'
import { formatS3Uri } from '../uri.ts'
import { LEAST_CHUNK_BYTES, SmallWrites } from './chunks.ts'
import { sendChunk } from './multipart.ts'
import type { S3Service } from './service.ts'
import type { Slots } from './slots.ts'

/**
 * A staged object whose chunks are sent as they are written. A large write is a chunk of its own and sent from the
 * very memory it was given in; small ones, which S3 does not take, are collected.
 */
export class StagedUpload implements StagedObject {
  readonly token: StageToken
  readonly #service: S3Service
  readonly #slots: Slots
  readonly #small = new SmallWrites()
  /** What is being sent; each settles well. */
  readonly #sending = new Set<Promise<void>>()
  readonly #abandoned = new AbortController()
  #chunks = 0
  #failed: { readonly reason: unknown } | null = null

  /** @param slots how many chunks may be on their way at once, of all objects together */
  constructor(token: StageToken, service: S3Service, slots: Slots) {
    this.token = token
    this.#service = service
    this.#slots = slots
  }

  async write(bytes: Uint8Array): Promise<void> {
    const sent: Promise<void>[] = []
    if (this.#small.isChunkBefore(bytes)) sent.push(this.#sendSmall())
    if (this.#small.isEmpty && bytes.length >= LEAST_CHUNK_BYTES) sent.push(this.#send(bytes))
    else if (this.#small.append(bytes, this.#chunks)) sent.push(this.#sendSmall())
    await Promise.all(sent)
    this.#throwFailure()
  }

  async finish(): Promise<void> {
    // S3 completes no upload without a chunk; an empty one will do.
    if (!this.#small.isEmpty || this.#chunks === 0) await this.#sendSmall()
    await this.close()
    this.#throwFailure()
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

  #sendSmall(): Promise<void> {
    return this.#send(this.#small.take())
  }

  #send(bytes: Uint8Array): Promise<void> {
    const number = ++this.#chunks
    const sent = this.#slots.use(() => this.#attempt(number, bytes))
    const settled = sent.catch(() => {}).finally(() => this.#sending.delete(settled))
    this.#sending.add(settled)
    return sent
  }

  /** After the first failure nothing is tried any more: the object has a hole. */
  async #attempt(number: number, bytes: Uint8Array): Promise<void> {
    this.#throwFailure()
    try {
      await sendChunk(this.#service, this.token, number, bytes, this.#abandoned.signal)
    } catch (reason) {
      this.#failed ??= { reason }
      throw reason
    }
  }

  #throwFailure(): void {
    if (this.#failed !== null) throw this.#failed.reason
  }
}
