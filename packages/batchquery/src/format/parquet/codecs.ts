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
  /** Compresses in zlib's thread pool. `raw` must not change before the promise resolves. Null if `here` always does it. */
  readonly inPool: ((raw: Buffer) => Promise<readonly Uint8Array[]>) | null
}

type Take = (bytes: Uint8Array) => void

/** Loaded on demand, because it takes a moment. */
const zlib = () => process.getBuiltinModule('node:zlib')
/** Level 1 of both: higher levels cost far more CPU than the bytes that they save. */
const GZIP_OPTIONS = { level: 1 }
/** ZSTD_c_compressionLevel is 100. https://facebook.github.io/zstd/zstd_manual.html */
const ZSTD_OPTIONS = { params: { 100: 1 } }
/** A larger page is compressed as a stream, whose output needs no memory for the worst case. */
const LARGE = 4 << 20
const STREAM_CHUNK = 1 << 20

/** @throws UNSUPPORTED_CLAUSE for ZSTD if Node's zlib has none */
export function codecOf(name: CodecName): Codec {
  switch (name) {
    case 'NONE':
      return { name, id: 0, here: (raw, take) => take(raw), inPool: null }
    case 'SNAPPY':
      return { name, id: 1, here: snappy, inPool: null }
    case 'GZIP':
      return {
        name,
        id: 2,
        here: (raw, take) => take(zlib().gzipSync(raw, { ...GZIP_OPTIONS, chunkSize: chunkBytes(raw) })),
        inPool: inPool(zlib().gzip, zlib().createGzip, GZIP_OPTIONS),
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
 * The size of zlib's buffers for the result of a page. Most results fit into one, and others make zlib go round a few times. With its
 * usual 16 KiB it would go round dozens of times.
 *
 * Each call of zlib leaves an object that only a whole collection frees, and the object keeps the first buffer.
 */
function chunkBytes(raw: Buffer): number {
  const bytes = (raw.length >>> 1) + 128
  droppedBytes += bytes
  if (droppedBytes >= BETWEEN_COLLECTIONS) {
    droppedBytes = 0
    collectGarbage('everywhere')
  }
  return bytes
}

type OneShot<Options> = (
  raw: Buffer,
  options: Options & { readonly chunkSize: number; readonly pledgedSrcSize: number },
  callback: (error: Error | null, result: Uint8Array) => void,
) => void
type Stream<Options> = (options: Options & { readonly chunkSize: number }) => Transform

function inPool<Options>(oneShot: OneShot<Options>, stream: Stream<Options>, options: Options) {
  return (raw: Buffer): Promise<readonly Uint8Array[]> => {
    if (raw.length > LARGE) return streamed(raw, stream({ ...options, chunkSize: STREAM_CHUNK }))
    return new Promise((resolve, reject) => {
      const sizes = { chunkSize: chunkBytes(raw), pledgedSrcSize: raw.length }
      oneShot(raw, { ...options, ...sizes }, (error, result) => (error ? reject(error) : resolve([result])))
    })
  }
}

async function streamed(raw: Buffer, stream: Transform): Promise<readonly Uint8Array[]> {
  const parts: Uint8Array[] = []
  stream.end(raw)
  for await (const part of stream) parts.push(part)
  return parts
}

/** In Node since 22.15. https://nodejs.org/api/zlib.html#zlibzstdcompressbuffer-options-callback */
function zstd(): Pick<Codec, 'here' | 'inPool'> {
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
    inPool: inPool(
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
