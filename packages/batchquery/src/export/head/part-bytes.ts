import { Readable, type Transform } from 'node:stream'
import { BatchQueryError } from '../../errors/index.ts'
import type { ReadRange } from '../../format/index.ts'
import { unzstd } from '../../platform/index.ts'
import { readRange } from '../../store/read-bounded.ts'
import type { ObjectAddress, ObjectInfo, Store } from '../../store/store.ts'
import { MOST_BYTES } from './take-rows.ts'

const FIRST_BYTES = 64 * 1024
const LARGEST_BYTES = 4 * 1024 * 1024
/** zlib decompresses so many bytes at once, so that a small file cannot fill the memory. */
const FED_BYTES = 16 * 1024

/** The bytes of one object, read in ranges. */
export class PartBytes {
  readonly info: ObjectInfo
  readonly #store: Store
  readonly #address: ObjectAddress
  readonly #uri: string
  #first: Buffer | null = null
  #requests = 0
  #bytes = 0

  private constructor(store: Store, address: ObjectAddress, uri: string, info: ObjectInfo) {
    this.info = info
    this.#store = store
    this.#address = address
    this.#uri = uri
  }

  /** Null if the object does not exist. */
  static async open(store: Store, { bucket, key }: ObjectAddress, uri: string): Promise<PartBytes | null> {
    const info = await store.head({ bucket, key })
    return info === null ? null : new PartBytes(store, { bucket, key }, uri, info)
  }

  /** @throws USAGE if the ranges together have too many bytes */
  readonly read: ReadRange = async (offset, length) => {
    const first = this.#first
    if (first !== null && offset + length <= first.length) return first.subarray(offset, offset + length)
    this.#requests++
    this.#bytes += length
    if (this.#bytes > MOST_BYTES)
      throw new BatchQueryError(
        'USAGE',
        `${this.#uri}: the pages of the first rows have more than ${MOST_BYTES / 1024 / 1024} MiB, and head reads no more`,
        {
          hint: 'Ask for fewer rows with -n, or download the part and read it with another program, such as DuckDB.',
        },
      )
    return readRange(this.#store, this.#address, offset, length)
  }

  /** The first range. */
  async first(): Promise<Buffer> {
    this.#first ??= await this.read(0, Math.min(FIRST_BYTES, this.info.bytes))
    return this.#first
  }

  /** The bytes from the start on: a range at a time, each larger than the one before. */
  async *ranges(): AsyncGenerator<Buffer> {
    let length = FIRST_BYTES
    for (let offset = 0; offset < this.info.bytes; ) {
      const bytes =
        offset === 0
          ? await this.first()
          : await this.read(offset, Math.min(length, this.info.bytes - offset))
      if (bytes.length === 0) return
      yield bytes
      offset += bytes.length
      length = Math.min(LARGEST_BYTES, 4 * length)
    }
  }

  /** Must be called after the last read. @throws STORE_FAILED if the object changed between the reads */
  async checkUnchanged(): Promise<void> {
    if (this.#requests < 2) return
    const now = await this.#store.head(this.#address)
    const { bytes, lastModified, versionId } = this.info
    const isSame =
      now?.bytes === bytes &&
      now.versionId === versionId &&
      now.lastModified.getTime() === lastModified.getTime()
    if (isSame) return
    throw new BatchQueryError('STORE_FAILED', `${this.#uri} was replaced or deleted while it was read`, {
      hint: 'Read it again.',
    })
  }
}

export type PartCompressionKind = 'NONE' | 'GZIP' | 'ZSTD'

const MAGIC = { GZIP: Buffer.of(0x1f, 0x8b), ZSTD: Buffer.of(0x28, 0xb5, 0x2f, 0xfd) } as const

/** The compression by the first bytes: no text in UTF-8 begins with them. */
export function compressionByBytes(first: Uint8Array): PartCompressionKind {
  const starts = (magic: Buffer) => magic.equals(first.subarray(0, magic.length))
  if (starts(MAGIC.GZIP)) return 'GZIP'
  return starts(MAGIC.ZSTD) ? 'ZSTD' : 'NONE'
}

/**
 * Decompresses bytes as far as the caller iterates.
 *
 * @throws CONFIG if this Node lacks the compression; VERIFICATION if the bytes are damaged
 */
export async function* decompressed(
  chunks: AsyncIterable<Buffer>,
  compression: PartCompressionKind,
): AsyncGenerator<Uint8Array> {
  if (compression === 'NONE') {
    yield* chunks
    return
  }
  const stream: Transform =
    compression === 'GZIP' ? process.getBuiltinModule('node:zlib').createGunzip() : unzstd().stream()
  const source = Readable.from(pieces(chunks), { objectMode: true, highWaterMark: 1 })
  source.on('error', error => stream.destroy(error))
  source.pipe(stream)
  try {
    for await (const chunk of stream) yield chunk
  } catch (thrown) {
    if (thrown instanceof BatchQueryError) throw thrown
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new BatchQueryError('VERIFICATION', `it cannot be decompressed as ${compression}: ${why}`)
  } finally {
    source.destroy()
    stream.destroy()
  }
}

async function* pieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += FED_BYTES) yield chunk.subarray(at, at + FED_BYTES)
}
