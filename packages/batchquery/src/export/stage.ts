import type { RowStream } from '../database/database.ts'
import type { Block } from '../format/index.ts'
import type { StageOptions, StageToken } from '../store/store.ts'
import type { Compression } from './compression.ts'
import { type Destination, partKey, uriOf } from './destination.ts'
import type { StagedPart } from './journal.ts'
import { PartWriter } from './part-writer.ts'
import type { ExportPlan } from './plan.ts'

/** How many finished parts may be waiting for the store's word while the next one is filled. */
const CLOSING = 4

export type StagingProgress = (rows: number, bytes: number, parts: number) => void

/**
 * Stages the rows of a query as parts. Nobody sees them; `abort` removes them whatever happened before.
 */
export class Staging {
  readonly #destination: Destination
  readonly #owner: string
  readonly #compression: Compression
  readonly #options: StageOptions
  readonly #progress: StagingProgress
  readonly #tokens: StageToken[] = []
  readonly #closing: Promise<StagedPart>[] = []

  constructor(
    destination: Destination,
    { compression, encryption }: Pick<ExportPlan, 'compression' | 'encryption'>,
    owner: string,
    progress: StagingProgress,
  ) {
    this.#compression = compression
    this.#options = encryption === null ? {} : { encryption }
    this.#destination = destination
    this.#owner = owner
    this.#progress = progress
  }

  /** Reads the stream to its end: the parts, in order, at least one. */
  async stage(stream: RowStream): Promise<readonly StagedPart[]> {
    let part: PartWriter | null = null
    for await (const block of stream) {
      part ??= await this.#open(stream.header)
      this.#write(part, block)
      if (!block.endsPart) continue
      await this.#close(part)
      part = null
    }
    part ??= this.#closing.length === 0 ? await this.#open(stream.header) : null
    if (part !== null) await this.#close(part)
    return Promise.all(this.#closing)
  }

  /** Removes all that was staged and not committed. */
  async abort(): Promise<void> {
    await Promise.allSettled(this.#closing)
    for (const token of this.#tokens) await this.#destination.store.abort(token)
  }

  async #open(header: Uint8Array): Promise<PartWriter> {
    const { store, bucket, prefix } = this.#destination
    const key = partKey(prefix, this.#tokens.length, this.#compression.extension)
    const object = await store.stage({ bucket, key }, this.#owner, this.#options)
    this.#tokens.push(object.token)
    const part = new PartWriter(object, uriOf(this.#destination, key), this.#compression)
    part.writeHeader(header)
    return part
  }

  #write(part: PartWriter, block: Block): void {
    part.writeBlock(block)
    this.#progress(block.rowsEnded, block.bytes.length, 0)
  }

  async #close(part: PartWriter): Promise<void> {
    const closing = part.close()
    // the rejection is seen where it is awaited; it must not count as unhandled until then
    closing.catch(() => {})
    this.#closing.push(closing)
    this.#progress(0, 0, 1)
    await this.#closing.at(-CLOSING)
  }
}
