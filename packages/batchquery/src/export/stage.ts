import type { RowStream } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Block } from '../format/index.ts'
import type { ObjectToCommit, StagedPart } from '../journal/index.ts'
import { collectGarbage, inParallel, unlessAborted } from '../platform/index.ts'
import type { StagedObject, StageOptions, StageToken, Store } from '../store/store.ts'
import type { Compression } from './compression.ts'
import { type Destination, uriOf } from './destination.ts'
import { OpeningObject } from './opening-object.ts'
import type { PartDescriber } from './part-describer.ts'
import { manifestKey, partKey } from './part-names.ts'
import { PartWriter } from './part-writer.ts'
import { type ExportPlan, extensionOfParts, MOST_SINGLE_BYTES } from './plan.ts'

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

/** The properties of a plan that staging depends on. */
export type StagingPlan = Pick<ExportPlan, 'format' | 'compression' | 'encryption'> &
  Partial<Pick<ExportPlan, 'single' | 'extension' | 'partitionBy'>>

export type StagingProgress = (rows: number, bytes: number, parts: number) => void

/** Which rows of a result are staged, if it is read in ranges. */
export interface StagedRange {
  readonly number: number
  /** Whether the range has a part even if it has no rows. */
  readonly keepsEmpty: boolean
}

/** Stages the rows of a query as parts, which readers do not see yet. `abort` removes them in any state. */
export class Staging {
  readonly #destination: StagingPlace
  readonly #owner: string
  readonly #compression: Compression
  readonly #extension: string
  readonly #isSingle: boolean
  readonly #hasPartitions: boolean
  readonly #options: StageOptions
  readonly #progress: StagingProgress
  readonly #describer: PartDescriber | null
  readonly #range: StagedRange | null
  readonly #tokens: StageToken[] = []
  readonly #closing: Promise<StagedPart>[] = []
  /** How many parts each partition has. */
  readonly #counts = new Map<string, number>()
  /** The objects that the store has not confirmed yet. */
  readonly #opening = new Set<Promise<unknown>>()
  #reading: Promise<unknown> = Promise.resolve()
  #isAborted = false

  /**
   * @param describer reads the statistics of the parts @default - nothing reads them
   * @param range the range whose rows are staged @default - all rows
   */
  constructor(
    destination: StagingPlace,
    plan: StagingPlan,
    owner: string,
    progress: StagingProgress,
    describer: PartDescriber | null = null,
    range: StagedRange | null = null,
  ) {
    const { compression, encryption, single = false, partitionBy = null } = plan
    this.#describer = describer
    this.#range = range
    this.#compression = compression
    this.#extension = extensionOfParts(plan)
    this.#isSingle = single
    this.#hasPartitions = partitionBy !== null
    this.#options = encryption === null ? {} : { encryption }
    this.#destination = destination
    this.#owner = owner
    this.#progress = progress
  }

  /**
   * Reads the stream to its end.
   *
   * @returns the parts in order: of partitions by the bytes of their keys. At least one without PARTITION BY, unless the range keeps no
   *   empty part
   * @throws the signal's reason, without waiting for the store; QUERY_FAILED for a second part under SINGLE ON
   */
  async stage(stream: RowStream, signal: AbortSignal): Promise<readonly StagedPart[]> {
    const reading = this.#read(stream)
    this.#reading = reading
    return unlessAborted(signal, () => reading)
  }

  async #read(stream: RowStream): Promise<readonly StagedPart[]> {
    let part: PartWriter | null = null
    let partition = ''
    let bytes = 0
    for await (const block of this.#keepsEmpty ? stream : withoutEmptyPart(stream)) {
      bytes += block.bytes.length
      if (part !== null && block.partition !== partition) {
        await this.#close(part)
        part = null
      }
      partition = block.partition
      part ??= await this.#open(stream.partStart, partition)
      this.#write(part, block)
      if (!block.endsPart) continue
      await this.#close(part)
      part = null
    }
    if (this.#keepsEmpty && !this.#hasPartitions && this.#closing.length === 0)
      part ??= await this.#open(stream.partStart, '')
    if (part !== null) await this.#close(part)
    // Frees the memory of the rows before the publication needs memory.
    if (bytes > MUCH) collectGarbage('everywhere')
    const parts = await Promise.all(this.#closing)
    return this.#hasPartitions ? sortedByFolder(parts) : parts
  }

  get #keepsEmpty(): boolean {
    return this.#range?.keepsEmpty ?? true
  }

  /** Stages the manifest of a result that has no parts. Call it after `stage`. */
  async stageManifest(bytes: Uint8Array): Promise<ObjectToCommit> {
    const object = await this.#begin(manifestKey(this.#destination.prefix))
    await object.write(bytes)
    await object.finish()
    return { token: object.token, bytes: bytes.length }
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
    await Promise.allSettled([this.#reading, ...this.#closing, ...this.#opening])
    await this.#abortFrom(known)
  }

  #abortFrom(first: number): Promise<void> {
    return inParallel(this.#tokens.slice(first), ABORTS, token => this.#destination.store.abort(token))
  }

  async #begin(key: string): Promise<StagedObject> {
    const { store, bucket } = this.#destination
    const object = await store.stage({ bucket, key }, this.#owner, this.#options)
    this.#tokens.push(object.token)
    if (this.#isAborted) throw new BatchQueryError('CANCELLED', 'the export was aborted')
    return object
  }

  /** The key of the next part of a partition. */
  #nextKey(partition: string): string {
    const { prefix, uri } = this.#destination
    const index = this.#counts.get(partition) ?? 0
    this.#counts.set(partition, index + 1)
    if (!this.#isSingle) return partKey(prefix, index, this.#extension, partition, this.#range?.number)
    if (index > 0) throw tooLarge(uri)
    return prefix
  }

  /** Waits for the store only once, to learn early whether it takes parts at all. */
  async #open(start: Uint8Array, partition: string): Promise<PartWriter> {
    const key = this.#nextKey(partition)
    const opening = this.#begin(key)
    this.#opening.add(opening)
    const opened = () => this.#opening.delete(opening)
    opening.then(opened, opened)
    const object = this.hasBegun ? new OpeningObject(opening) : await opening
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

/** The blocks of a stream. None if its only block has no rows: a file may have a beginning and an end without them. */
async function* withoutEmptyPart(stream: RowStream): AsyncGenerator<Block, void, void> {
  let held: Block | null = null
  let isFirst = true
  for await (const block of stream) {
    if (isFirst && block.rowsEnded === 0) held = block
    else {
      if (held !== null) yield held
      held = null
      yield block
    }
    isFirst = false
  }
  held?.release()
}

/** In the order of their keys' bytes. The parts of a folder are in the order of their numbers already, and keep it. */
export function sortedByFolder(parts: readonly StagedPart[]): readonly StagedPart[] {
  const folderOf = ({ token: { key } }: StagedPart) => Buffer.from(key.slice(0, key.lastIndexOf('/') + 1))
  return parts
    .map(part => ({ part, folder: folderOf(part) }))
    .sort((one, other) => Buffer.compare(one.folder, other.folder))
    .map(({ part }) => part)
}

const tooLarge = (uri: string): BatchQueryError =>
  new BatchQueryError(
    'QUERY_FAILED',
    `${uri} would exceed ${MOST_SINGLE_BYTES / 1024 ** 3} GB, the most that SINGLE ON writes`,
    { hint: 'Leave SINGLE out. Then the result has parts of any number.' },
  )
