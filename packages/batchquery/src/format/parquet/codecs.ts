import type { Transform } from 'node:stream'
import { promisify } from 'node:util'
import { collectGarbage, hasZstd, zstd } from '../../platform/index.ts'
import { snappy } from './snappy.ts'

export type CodecName = 'NONE' | 'SNAPPY' | 'GZIP' | 'ZSTD'

export interface Codec {
  readonly name: CodecName
  /** The number of `CompressionCodec` in parquet.thrift. */
  readonly id: number
  /** Compresses on the main thread. `take` gets the bytes in order, valid until it returns. */
  readonly here: (raw: Buffer, take: Take) => void
  /** Null if `here` always does it. */
  readonly pool: CodecInPool | null
}

/** Compresses in zlib's thread pool. `raw` must not change before the result is complete. */
export interface CodecInPool {
  whole(raw: Buffer): Promise<Uint8Array>
  /** Needs memory for one piece of the result at a time. */
  inPieces(raw: Buffer): AsyncIterable<Uint8Array>
}

type Take = (bytes: Uint8Array) => void

/** Loaded on demand, because it takes a moment. */
const zlib = () => process.getBuiltinModule('node:zlib')
/** Higher levels cost far more CPU than the bytes that they save. */
const GZIP_LEVEL = 1
const PIECE_BYTES = 1 << 20

/** @throws UNSUPPORTED_CLAUSE for ZSTD if Node's zlib has none */
export function codecOf(name: CodecName): Codec {
  switch (name) {
    case 'NONE':
      return { name, id: 0, here: (raw, take) => take(raw), pool: null }
    case 'SNAPPY':
      return { name, id: 1, here: snappy, pool: null }
    case 'GZIP':
      return { name, id: 2, ...gzipCodec() }
    case 'ZSTD':
      return { name, id: 6, ...zstdCodec() }
  }
}

/** The codec of an export that names none. */
export const defaultCodec = (): CodecName => (hasZstd() ? 'ZSTD' : 'SNAPPY')

const BETWEEN_COLLECTIONS = 16 << 20
let droppedBytes = 0

/**
 * Counts the memory that zlib allocates for results. Each call of zlib leaves an object that keeps its first buffer, and only a whole
 * collection frees them.
 */
function countDropped(bytes: number): void {
  droppedBytes += bytes
  if (droppedBytes < BETWEEN_COLLECTIONS) return
  droppedBytes = 0
  collectGarbage('everywhere')
}

/** The size of zlib's buffers. Most results fit into one. With its usual 16 KiB, zlib would go round dozens of times. */
function chunkBytes(raw: Buffer): number {
  const bytes = (raw.length >>> 1) + 128
  countDropped(bytes)
  return bytes
}

const inPool = (
  whole: (
    raw: Buffer,
    sizes: { readonly chunkSize: number; readonly pledgedSrcSize: number },
  ) => Promise<Uint8Array>,
  stream: (sizes: { readonly chunkSize: number }) => Transform,
): CodecInPool => ({
  whole: raw => whole(raw, { chunkSize: chunkBytes(raw), pledgedSrcSize: raw.length }),
  async *inPieces(raw) {
    const pieces = stream({ chunkSize: PIECE_BYTES })
    pieces.end(raw)
    for await (const piece of pieces) {
      yield piece
      countDropped(PIECE_BYTES)
    }
  },
})

function gzipCodec(): Pick<Codec, 'here' | 'pool'> {
  const { gzip, gzipSync, createGzip } = zlib()
  const whole: (raw: Buffer, options: { chunkSize: number; level: number }) => Promise<Uint8Array> =
    promisify(gzip)
  return {
    here: (raw, take) => take(gzipSync(raw, { level: GZIP_LEVEL, chunkSize: chunkBytes(raw) })),
    pool: inPool(
      (raw, { chunkSize }) => whole(raw, { level: GZIP_LEVEL, chunkSize }),
      ({ chunkSize }) => createGzip({ level: GZIP_LEVEL, chunkSize }),
    ),
  }
}

function zstdCodec(): Pick<Codec, 'here' | 'pool'> {
  const { compress, compressHere, stream } = zstd('SNAPPY')
  return {
    here: (raw, take) => take(compressHere(raw, { chunkSize: chunkBytes(raw) })),
    pool: inPool(compress, stream),
  }
}
