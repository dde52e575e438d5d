import type { RowStream } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Block } from '../format/index.ts'
import type { StagedPart } from '../journal/index.ts'
import { collectGarbage, inParallel, unlessAborted } from '../platform/index.ts'
import type { StageOptions, StageToken, Store } from '../store/store.ts'
import type { Compression } from './compression.ts'
import { type Destination, uriOf } from './destination.ts'
import type { PartDescriber } from './part-describer.ts'
import { partKey } from './part-names.ts'
import { PartWriter } from './part-writer.ts'
import type { ExportPlan } from './plan.ts'

/** How many finished parts may wait for the store while the next one fills. */
const CLOSING = 4

/** After so many bytes, a garbage collection pays. After fewer, it would take longer than the rest of the export. */
const MUCH = 32 * 1024 * 1024

/** How many staged objects are aborted at once. */
const ABORTS = 16

/** The place for the staged parts. */
export interface StagingPlace extends Pick<Destination, 'bucket' | 'prefix' | 'uri'> {
  readonly store: Pick<Store, 'stage' | 'abort'>
}

export type StagingProgress = (rows: number, bytes: number, parts: number) => void

/** Stages the rows of a query as parts, which readers do not see yet. `abort` removes them in any state. */
export class Staging {
  readonly #destination: StagingPlace
  readonly #owner: string
  readonly #compression: Compression
  readonly #extension: string
  readonly #options: StageOptions
  readonly #progress: StagingProgress
  readonly #describer: PartDescriber | null
  readonly #tokens: StageToken[] = []
  readonly #closing: Promise<StagedPart>[] = []
  #reading: Promise<unknown> = Promise.resolve()
  #isAborted = false

  /** @param describer reads the statistics of the parts @default - nothing reads them */
  constructor(
    destination: StagingPlace,
    { format, compression, encryption }: Pick<ExportPlan, 'format' | 'compression' | 'encryption'>,
    owner: string,
    progress: StagingProgress,
    describer: PartDescriber | null = null,
  ) {
    this.#describer = describer
    this.#compression = compression
    this.#extension = `${format.extension}${compression.extension}`
    this.#options = encryption === null ? {} : { encryption }
    this.#destination = destination
    this.#owner = owner
    this.#progress = progress
  }

  /**
   * Reads the stream to its end.
   *
   * @returns the parts in order, at least one
   * @throws the signal's reason, without waiting for the store
   */
  async stage(stream: RowStream, signal: AbortSignal): Promise<readonly StagedPart[]> {
    const reading = this.#read(stream)
    this.#reading = reading
    return unlessAborted(signal, () => reading)
  }

  async #read(stream: RowStream): Promise<readonly StagedPart[]> {
    let part: PartWriter | null = null
    let bytes = 0
    for await (const block of stream) {
      bytes += block.bytes.length
      part ??= await this.#open(stream.partStart)
      this.#write(part, block)
      if (!block.endsPart) continue
      await this.#close(part)
      part = null
    }
    part ??= this.#closing.length === 0 ? await this.#open(stream.partStart) : null
    if (part !== null) await this.#close(part)
    // Frees the memory of the rows before the publication needs memory.
    if (bytes > MUCH) collectGarbage('everywhere')
    return Promise.all(this.#closing)
  }

  /** Whether the store has confirmed a part. */
  get hasBegun(): boolean {
    return this.#tokens.length > 0
  }

  /** Removes all staged parts that are not committed. No more parts are staged after that. */
  async abort(): Promise<void> {
    this.#isAborted = true
    const known = this.#tokens.length
    // That ends the writes that wait for the store.
    await this.#abortFrom(0)
    await Promise.allSettled([this.#reading, ...this.#closing])
    await this.#abortFrom(known)
  }

  #abortFrom(first: number): Promise<void> {
    return inParallel(this.#tokens.slice(first), ABORTS, token => this.#destination.store.abort(token))
  }

  async #open(start: Uint8Array): Promise<PartWriter> {
    const { store, bucket, prefix } = this.#destination
    const key = partKey(prefix, this.#tokens.length, this.#extension)
    const object = await store.stage({ bucket, key }, this.#owner, this.#options)
    this.#tokens.push(object.token)
    if (this.#isAborted) throw new BatchQueryError('CANCELLED', 'the export was aborted')
    const part = new PartWriter(
      object,
      uriOf(this.#destination, key),
      this.#compression,
      this.#describer?.begin(),
    )
    part.writeStart(start)
    return part
  }

  #write(part: PartWriter, block: Block): void {
    part.writeBlock(block)
    this.#progress(block.rowsEnded, block.bytes.length, 0)
  }

  async #close(part: PartWriter): Promise<void> {
    const closing = part.close()
    // `stage` and `abort` await it. Until then the rejection must not count as unhandled.
    closing.catch(() => {})
    this.#closing.push(closing)
    this.#progress(0, 0, 1)
    await this.#closing.at(-CLOSING)
  }
}
