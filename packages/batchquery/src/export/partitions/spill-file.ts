import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, statfs, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BatchQueryError } from '../../errors/index.ts'
import { CHUNK_BYTES, type Chunk, chunkOf } from './row-chunks.ts'

/** A piece of the file. */
export interface Extent {
  /** In chunks, from the beginning of the file on. */
  readonly slot: number
  readonly words: number
}

export interface SpillOptions {
  /** The most memory of the process, in bytes. */
  readonly memoryBytes: number
  readonly warn: (text: string) => void
  /** Takes a sentence for the log that asks for nothing. @default - nothing takes it */
  readonly note?: (text: string) => void
}

const MODE = 0o600
const TEMPORARY_FILE = 0o20000000
const MIB = 1024 * 1024
/** How much is written between two looks at the free space. */
const BETWEEN_LOOKS = 64 * MIB
/** The memory that a process needs to export rows, besides the file. */
const PROCESS_BYTES = 256 * MIB
/** https://man7.org/linux/man-pages/man2/statfs.2.html */
const MEMORY_FILESYSTEMS: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])
/** A disk, a quota, or the limit of a process on the size of a file (ulimit -f). */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const ORDERED =
  'Or add ORDER BY with the columns of PARTITION BY to the query: then no row waits on the disk. On Fargate, ephemeralStorage is the size of the disk.'

/**
 * A sentence if so many rows do not fit into the temporary folder. Null if they do, or if the folder cannot be examined.
 *
 * @param bytes of all rows
 */
export async function roomWarning(bytes: number): Promise<string | null> {
  const folder = tmpdir()
  const statistics = await statfs(folder).catch(() => null)
  if (statistics === null) return null
  const free = statistics.bavail * statistics.bsize
  if (bytes <= free) return null
  return `the statistics expect ${mib(bytes)} of rows, but ${folder} (TMPDIR), in which the rows of partitions wait, has only ${mib(free)} free. Add ORDER BY with the columns of PARTITION BY to the query, or give the machine more disk (on Fargate: ephemeralStorage)`
}

/**
 * The rows that wait on the disk, in chunks. The file has no name, so nothing remains of it however the process ends.
 * The space of chunks that were read is used again.
 */
export class SpillFile {
  readonly #file: FileHandle
  readonly #folder: string
  readonly #options: SpillOptions
  /** The most bytes of the file, if the folder is memory. */
  readonly #most: number
  readonly #free: number[] = []
  #slots = 0
  #lookAt = 0
  #hasWarned = false
  #isClosed = false

  private constructor(file: FileHandle, folder: string, most: number, options: SpillOptions) {
    this.#file = file
    this.#folder = folder
    this.#most = most
    this.#options = options
  }

  /** @throws QUERY_FAILED if the temporary folder cannot be written */
  static async create(options: SpillOptions): Promise<SpillFile> {
    const folder = tmpdir()
    try {
      const { type } = await statfs(folder)
      const file = await openUnnamed(folder)
      const most = MEMORY_FILESYSTEMS.has(type)
        ? Math.max(0, options.memoryBytes - PROCESS_BYTES)
        : Number.POSITIVE_INFINITY
      const spill = new SpillFile(file, folder, most, options)
      await spill.#begin().catch(async (error: unknown) => {
        await spill.close()
        throw error
      })
      return spill
    } catch (error) {
      throw failed(folder, error, 0)
    }
  }

  /** Writes the rows of a chunk. The place is decided at once, the bytes must not change until it resolves. @throws STORE_FULL, QUERY_FAILED */
  write(chunk: Chunk): { readonly extent: Extent; readonly written: Promise<void> } {
    const bytes = chunk.used << 2
    const slot = this.#take(Math.ceil(bytes / CHUNK_BYTES))
    return { extent: { slot, words: chunk.used }, written: this.#write(chunk, bytes, slot) }
  }

  async #write({ bytes }: Chunk, length: number, slot: number): Promise<void> {
    if (this.#slots * CHUNK_BYTES > this.#most) throw tooMuchMemory(this.#folder, this.#most)
    try {
      if (this.#slots * CHUNK_BYTES >= this.#lookAt) await this.#look()
      for (let at = 0; at < length; ) {
        const { bytesWritten } = await this.#file.write(bytes, at, length - at, slot * CHUNK_BYTES + at)
        at += bytesWritten
      }
    } catch (error) {
      throw failed(this.#folder, error, this.#slots * CHUNK_BYTES)
    }
  }

  /** Reads a piece of the file, and frees its space. @param target null for a piece that is longer than a chunk */
  async read({ slot, words }: Extent, target: Chunk | null): Promise<Chunk> {
    const length = words << 2
    const chunk = target ?? chunkOf(Buffer.allocUnsafeSlow(length))
    try {
      for (let at = 0; at < length; ) {
        const { bytesRead } = await this.#file.read(chunk.bytes, at, length - at, slot * CHUNK_BYTES + at)
        if (bytesRead === 0) throw new Error('the file is shorter than what was written')
        at += bytesRead
      }
    } catch (error) {
      throw failed(this.#folder, error, 0)
    }
    chunk.used = words
    for (let freed = slot; freed < slot + Math.ceil(length / CHUNK_BYTES); freed++) this.#free.push(freed)
    return chunk
  }

  /** Waits for what is written or read at the moment. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#file.close()
  }

  #take(slots: number): number {
    const free = slots === 1 ? this.#free.pop() : undefined
    if (free !== undefined) return free
    this.#slots += slots
    return this.#slots - slots
  }

  /** Says where the rows wait, and how much space there is. Nothing knows how much they need before the query ends. */
  async #begin(): Promise<void> {
    const { warn, note } = this.#options
    const { bavail, bsize } = await statfs(this.#folder)
    const free = bavail * bsize
    const waits = `the rows are not ordered by the columns of PARTITION BY, so they wait in ${this.#folder} (TMPDIR)`
    if (this.#most !== Number.POSITIVE_INFINITY) {
      this.#hasWarned = true
      warn(
        `${waits}, which is memory: they may take ${mib(Math.min(this.#most, free))}. Set TMPDIR to a folder on a disk, or add ORDER BY with these columns to the query`,
      )
      return
    }
    note?.(`${waits}, which has ${mib(free)} free`)
    await this.#look()
  }

  /** Warns if the rest of the disk is smaller than what was written. */
  async #look(): Promise<void> {
    const written = this.#slots * CHUNK_BYTES
    this.#lookAt = written + BETWEEN_LOOKS
    if (this.#hasWarned) return
    const { bavail, bsize } = await statfs(this.#folder)
    const free = bavail * bsize
    if (free >= Math.max(written, BETWEEN_LOOKS) || this.#hasWarned) return
    this.#hasWarned = true
    this.#options.warn(
      `the rows of the partitions wait in ${this.#folder} (TMPDIR), which has ${mib(free)} left${written > 0 ? ` after ${mib(written)}` : ''}. If that does not suffice, add ORDER BY with the columns of PARTITION BY to the query, or give the machine more disk (on Fargate: ephemeralStorage)`,
    )
  }
}

/** Linux makes a file that never has a name (O_TMPFILE). Some of its filesystems, and other systems, cannot. */
async function openUnnamed(folder: string): Promise<FileHandle> {
  if (process.platform === 'linux') {
    const flags = TEMPORARY_FILE | constants.O_DIRECTORY | constants.O_RDWR | constants.O_EXCL
    const file = await open(folder, flags, MODE).catch(() => null)
    if (file !== null) return file
  }
  const path = join(folder, `batchquery-rows-${randomUUID()}`)
  const file = await open(path, 'wx+', MODE)
  try {
    await unlink(path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`

/** @param needed how many bytes the rows need at least, or 0 if that is not the reason */
function failed(folder: string, error: unknown, needed: number): BatchQueryError {
  if (error instanceof BatchQueryError) return error
  const code = error instanceof Error && 'code' in error ? error.code : null
  const isFull = FULL.has(code)
  const message = error instanceof Error ? error.message : String(error)
  return new BatchQueryError(
    isFull ? 'STORE_FULL' : 'QUERY_FAILED',
    isFull
      ? `the temporary folder ${folder} is full: the rows of the partitions wait there, and need ${needed > 0 ? `at least ${mib(needed)}` : 'space'} (${message})`
      : `the rows of the partitions cannot wait in the temporary folder ${folder}: ${message}`,
    {
      cause: error,
      hint: `Set TMPDIR to ${isFull ? 'a folder with more space' : 'a folder that can be written'}. ${ORDERED}`,
    },
  )
}

const tooMuchMemory = (folder: string, most: number): BatchQueryError =>
  new BatchQueryError(
    'STORE_FULL',
    `the temporary folder ${folder} is memory, and the rows of the partitions need more than the ${mib(most)} that this process has left`,
    { hint: `Set TMPDIR to a folder on a disk. ${ORDERED}` },
  )
