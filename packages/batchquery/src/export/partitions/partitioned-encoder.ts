import type { BlockOutput, Encoder, InvalidDates } from '../../format/index.ts'
import { GatheredRow } from './gathered-row.ts'
import { UNKNOWN } from './key-table.ts'
import type { DividedColumns } from './partition-columns.ts'
import { PartitionFeed } from './partition-feed.ts'
import type { PathLimits } from './partition-path.ts'
import { Partitions } from './partitions.ts'
import { Replay } from './replay.ts'
import { Bin, RowBins } from './row-bins.ts'
import { CHUNK_BYTES, CHUNK_WORDS, ChunkPool } from './row-chunks.ts'
import { RecordWriter, SHORT_BYTES } from './row-records.ts'
import type { SpillOptions } from './spill-file.ts'

/** Rows are divided into at most 64 bins. Each one fills a chunk. */
const MOST_BIN_BITS = 6
const LEAST_CHUNKS = 16

export interface PartitionOptions extends SpillOptions {
  readonly limits: PathLimits
  readonly maxPartitions: number
  /** How many bytes of rows may wait in memory. */
  readonly bufferBytes: number
}

/**
 * Divides rows into partitions, and passes those of one partition after the other to an encoder.
 *
 *     BUFFER ──memory full, each partition in one run──▶ ORDERED ──a partition returns──▶ SPILL
 *        └─────memory full, otherwise────────────────────────────────────────────────────▶ SPILL
 *
 * BUFFER: the rows wait in memory. ORDERED: a row goes on at once, and the partition before it ends. SPILL: the rows wait on the disk.
 * Rows that still wait at the end go on then.
 */
export class PartitionedEncoder implements Encoder {
  readonly partStart: Uint8Array
  readonly mostRowBytes: number
  readonly mostPieceBytes = CHUNK_BYTES
  readonly inline = null
  readonly #partitions: Partitions
  readonly #writer: RecordWriter
  readonly #pool: ChunkPool
  /** The rows of the partitions with the same low bits. */
  readonly #bins: readonly Bin[]
  readonly #lowBits: number
  readonly #waiting: RowBins
  readonly #feed: PartitionFeed
  readonly #replay: Replay
  readonly #spill: SpillOptions
  /** The places of the kept columns, and those of all columns. */
  readonly #kept: Int32Array
  readonly #step: number
  readonly #gathered: GatheredRow
  #mode: 'buffer' | 'ordered' | 'spill' = 'buffer'
  /** In BUFFER, whether each partition has appeared in one run. */
  #isOrdered = true
  /** The partition of the last row; in ORDERED, the one whose rows go on. */
  #last = UNKNOWN
  #rows = 0
  /** Work that must be done before other rows are taken. */
  #work: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null
  #isDiscarded = false
  /** The places of rows that go on. */
  #run = new Int32Array()

  /** @param encoder makes the encoder of the files */
  constructor(
    columns: number,
    { partition, kept }: DividedColumns,
    encoder: (output: BlockOutput) => Encoder,
    output: BlockOutput,
    options: PartitionOptions,
  ) {
    const chunks = Math.max(LEAST_CHUNKS, Math.floor(options.bufferBytes / CHUNK_BYTES))
    const shift = Math.min(MOST_BIN_BITS, Math.floor(Math.log2(chunks / 4)))
    const partitions = new Partitions(partition, options.limits, options.maxPartitions)
    const pool = new ChunkPool(chunks)
    this.#bins = Array.from({ length: 1 << shift }, () => new Bin())
    this.#lowBits = (1 << shift) - 1
    this.#spill = options
    this.#partitions = partitions
    this.#pool = pool
    this.#step = 2 * columns
    this.#kept = Int32Array.from(kept, column => 2 * column)
    this.#writer = new RecordWriter(kept)
    this.#waiting = new RowBins(pool, this.#writer)
    this.#gathered = new GatheredRow(columns, this.#writer.longHeadBytes)
    this.#feed = new PartitionFeed(emit => encoder({ ...output, emit }), output.emit, kept.length)
    const isOver = () => this.#isDiscarded
    const parts = { partitions, pool, bins: this.#waiting, feed: this.#feed, columns: kept.length, isOver }
    this.#replay = new Replay(parts, { chunks, shift })
    const { mostRowBytes, partStart } = this.#feed.encoder
    this.mostRowBytes = Math.min(SHORT_BYTES, mostRowBytes)
    this.partStart = partStart
  }

  get invalidDates(): readonly InvalidDates[] {
    return this.#feed.encoder.invalidDates
  }

  rows(source: Buffer, places: Int32Array, count: number): number {
    if (this.#isBusy) return 0
    return this.#mode === 'ordered'
      ? this.#passOn(source, places, count)
      : this.#collect(source, places, count)
  }

  startRow(leastBytes: number, mostBytes: number): boolean {
    if (this.#isBusy) return false
    this.#gathered.start(leastBytes, mostBytes)
    return true
  }

  piece(source: Buffer, start: number, end: number, rest: number): boolean {
    this.#gathered.piece(source, start, end, rest === 0, this.#rows + 1)
    return true
  }

  nullValue(): boolean {
    this.#gathered.nullValue()
    return true
  }

  endRow(): boolean {
    if (this.#isBusy) return false
    const { bytes, places } = this.#gathered
    const partition = this.#partitions.of(bytes, places, 0, this.#rows + 1)
    if (this.#mode !== 'ordered') return this.#collectGathered(partition)
    if (partition !== this.#last) return this.#switchTo(partition)
    this.#keep(places, 0, 0)
    if (!this.#feed.row(bytes.subarray(), this.#run, this.#rows + 1)) return false
    this.#rows++
    return true
  }

  async whenReady(): Promise<void> {
    if (this.#work !== null) await this.#work
    else if (this.#mode === 'ordered' && !this.#isDiscarded) await this.#feed.whenReady()
    else if (!this.#isDiscarded) await this.#waiting.whenFree()
    this.#throwFailure()
  }

  /** The parts of partitions end by themselves. */
  endPart(): Promise<void> {
    return Promise.resolve()
  }

  async finish(): Promise<void> {
    await this.#work
    this.#throwFailure()
    try {
      await this.#feed.close()
      if (this.#mode === 'buffer') await this.#replay.memory(this.#bins, UNKNOWN)
      if (this.#mode === 'spill') {
        await this.#waiting.flush(this.#bins)
        await this.#replay.disk(this.#bins)
      }
    } catch (error) {
      // The file is closed.
      if (!this.#isDiscarded) throw error
    }
    this.discard()
  }

  discard(): void {
    if (this.#isDiscarded) return
    this.#isDiscarded = true
    this.#feed.discard()
    this.#waiting.discard(this.#bins).catch(() => {})
  }

  get #isBusy(): boolean {
    this.#throwFailure()
    return this.#work !== null || this.#isDiscarded
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }

  /** Keeps rows until their turn comes. */
  #collect(source: Buffer, places: Int32Array, count: number): number {
    for (let row = 0; row < count; row++) {
      const first = row * this.#step
      const partition = this.#partitions.of(source, places, first, this.#rows + 1)
      const size = this.#writer.measure(source, places, first)
      if (!this.#waiting.add(this.#bins[partition & this.#lowBits], size, partition, this.#rows + 1)) {
        this.#makeRoom()
        return row
      }
      this.#collected(partition, size)
    }
    return count
  }

  #collectGathered(partition: number): boolean {
    const { bytes, places } = this.#gathered
    const bin = this.#bins[partition & this.#lowBits]
    const short = this.#writer.measure(bytes, places, 0)
    const number = this.#rows + 1
    if (short >= 0) {
      if (!this.#waiting.add(bin, short, partition, number)) return this.#makeRoom()
      this.#collected(partition, short)
      return true
    }
    const chunk = this.#gathered.chunk()
    this.#writer.writeLong(chunk, partition, number, places)
    if (!this.#waiting.addLong(bin, chunk)) return this.#makeRoom()
    if (chunk.used > CHUNK_WORDS) this.#gathered.giveAway()
    this.#collected(partition, chunk.used)
    return true
  }

  #collected(partition: number, size: number): void {
    const { words, isEnded } = this.#partitions
    words[partition] += size
    this.#rows++
    if (partition === this.#last) return
    if (this.#last !== UNKNOWN) isEnded[this.#last] = 1
    if (isEnded[partition] === 1) this.#isOrdered = false
    this.#last = partition
  }

  /** The memory is full. Returns false, because the row must wait. */
  #makeRoom(): false {
    if (this.#mode === 'buffer') this.#do(this.#isOrdered ? this.#beginOrdered() : this.#beginSpill())
    return false
  }

  async #beginOrdered(): Promise<void> {
    await this.#replay.memory(this.#bins, this.#last)
    this.#partitions.words.fill(0)
    this.#pool.drop()
    this.#mode = 'ordered'
  }

  async #beginSpill(): Promise<void> {
    await this.#waiting.spill(this.#bins, this.#spill)
    this.#mode = 'spill'
  }

  /** Passes rows on, as long as they are of the partition whose turn it is. */
  #passOn(source: Buffer, places: Int32Array, count: number): number {
    const number = this.#rows + 1
    let run = 0
    let next = UNKNOWN
    for (; run < count; run++) {
      next = this.#partitions.of(source, places, run * this.#step, number + run)
      if (next !== this.#last) break
      this.#keep(places, run * this.#step, run)
    }
    const taken = run === 0 ? 0 : this.#feed.rows(source, this.#run, run, number)
    this.#rows += taken
    if (taken === run && run < count) this.#switchTo(next)
    return taken
  }

  /** Notes the places of the columns that go on. @param row of the run */
  #keep(places: Int32Array, first: number, row: number): void {
    const kept = this.#kept
    let to = 2 * kept.length * row
    if (to + 2 * kept.length > this.#run.length) {
      const more = new Int32Array(2 * (to + 2 * kept.length))
      more.set(this.#run)
      this.#run = more
    }
    const run = this.#run
    for (let index = 0; index < kept.length; index++) {
      run[to++] = places[first + kept[index]]
      run[to++] = places[first + kept[index] + 1]
    }
  }

  /** Returns false, because the row of the partition must wait. */
  #switchTo(partition: number): false {
    this.#do(this.#begin(partition))
    return false
  }

  async #begin(partition: number): Promise<void> {
    await this.#feed.close()
    if (this.#last !== UNKNOWN) this.#partitions.isEnded[this.#last] = 1
    this.#last = UNKNOWN
    if (this.#partitions.isEnded[partition] === 1) await this.#beginSpill()
    else {
      this.#feed.open(this.#partitions.pathOf(partition))
      this.#last = partition
    }
  }

  #do(work: Promise<void>): void {
    this.#work = work
      .catch((error: unknown) => {
        this.#failure = { error }
      })
      .then(() => {
        this.#work = null
      })
  }
}
