import type { Transform } from 'node:stream'
import { BatchQueryError } from '../../errors/index.ts'
import { collectGarbage } from '../../platform/index.ts'
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
/** Level 1 of both: higher levels cost far more CPU than the bytes that they save. */
const GZIP_OPTIONS = { level: 1 }
/** ZSTD_c_compressionLevel is 100. https://facebook.github.io/zstd/zstd_manual.html */
const ZSTD_OPTIONS = { params: { 100: 1 } }
const PIECE_BYTES = 1 << 20

/** @throws UNSUPPORTED_CLAUSE for ZSTD if Node's zlib has none */
export function codecOf(name: CodecName): Codec {
  switch (name) {
    case 'NONE':
      return { name, id: 0, here: (raw, take) => take(raw), pool: null }
    case 'SNAPPY':
      return { name, id: 1, here: snappy, pool: null }
    case 'GZIP':
      return {
        name,
        id: 2,
        here: (raw, take) => take(zlib().gzipSync(raw, { ...GZIP_OPTIONS, chunkSize: chunkBytes(raw) })),
        pool: inPool(zlib().gzip, zlib().createGzip, GZIP_OPTIONS),
      }
    case 'ZSTD':
      return { name, id: 6, ...zstd() }
  }
}

/** The codec of an export that names none. */
export const defaultCodec = (): CodecName => (zlibFunction('zstdCompress') === null ? 'SNAPPY' : 'ZSTD')

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

type OneShot<Options> = (
  raw: Buffer,
  options: Options & { readonly chunkSize: number; readonly pledgedSrcSize: number },
  callback: (error: Error | null, result: Uint8Array) => void,
) => void
type Stream<Options> = (options: Options & { readonly chunkSize: number }) => Transform

const inPool = <Options>(
  oneShot: OneShot<Options>,
  stream: Stream<Options>,
  options: Options,
): CodecInPool => ({
  whole: raw =>
    new Promise((resolve, reject) => {
      const sizes = { chunkSize: chunkBytes(raw), pledgedSrcSize: raw.length }
      oneShot(raw, { ...options, ...sizes }, (error, result) => (error ? reject(error) : resolve(result)))
    }),
  async *inPieces(raw) {
    const pieces = stream({ ...options, chunkSize: PIECE_BYTES })
    pieces.end(raw)
    for await (const piece of pieces) {
      yield piece
      countDropped(PIECE_BYTES)
    }
  },
})

/** In Node since 22.15. https://nodejs.org/api/zlib.html#zlibzstdcompressbuffer-options-callback */
function zstd(): Pick<Codec, 'here' | 'pool'> {
  const atOnce = zlibFunction('zstdCompressSync')
  const oneShot = zlibFunction('zstdCompress')
  const stream = zlibFunction('createZstdCompress')
  if (atOnce === null || oneShot === null || stream === null)
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `COMPRESSION ZSTD needs Node 22.15, and this is ${process.version}`,
      { hint: 'Run it with Node 22.15 or newer, or write COMPRESSION SNAPPY.' },
    )
  return {
    here: (raw, take) => take(bytesOf(atOnce(raw, { ...ZSTD_OPTIONS, chunkSize: chunkBytes(raw) }))),
    pool: inPool(
      (raw, options, callback) => oneShot(raw, options, callback),
      options => transformOf(stream(options)),
      ZSTD_OPTIONS,
    ),
  }
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new BatchQueryError('INTERNAL', "zlib's zstdCompressSync returned no bytes")
}

type ZlibFunction = (...values: readonly unknown[]) => unknown
const isFunction = (value: unknown): value is ZlibFunction => typeof value === 'function'

function zlibFunction(name: 'zstdCompressSync' | 'zstdCompress' | 'createZstdCompress'): ZlibFunction | null {
  const found: unknown = Reflect.get(zlib(), name)
  return isFunction(found) ? found : null
}

const isTransform = (value: unknown): value is Transform =>
  typeof value === 'object' && value !== null && 'end' in value && Symbol.asyncIterator in value

function transformOf(value: unknown): Transform {
  if (isTransform(value)) return value
  throw new BatchQueryError('INTERNAL', "zlib's createZstdCompress returned no stream")
}
