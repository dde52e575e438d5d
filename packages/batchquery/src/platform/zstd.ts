import type { Transform } from 'node:stream'
import { BatchQueryError } from '../errors/index.ts'

/** ZSTD_c_compressionLevel is 100. https://facebook.github.io/zstd/zstd_manual.html */
const LEVEL = 100
/**
 * Level 1 takes less CPU and memory than the default of 3. The result has about the same size, but is clearly larger for repetitive text.
 */
const PARAMETERS = { [LEVEL]: 1 }

interface ZstdOptions {
  /** The size of the buffers that zlib allocates for results. */
  readonly chunkSize: number
  /** The bytes that will come, if that is known. */
  readonly pledgedSrcSize?: number
}

/** The zstd of Node's zlib, at level 1. */
export interface Zstd {
  /** Compresses in Node's thread pool. */
  compress(raw: Uint8Array, options: ZstdOptions): Promise<Uint8Array>
  /** Compresses on this thread. */
  compressHere(raw: Uint8Array, options: ZstdOptions): Uint8Array
  stream(options: ZstdOptions): Transform
}

/** Node has zstd since 22.15: https://nodejs.org/api/zlib.html#zlibzstdcompressbuffer-options-callback */
export const hasZstd = (): boolean => zlibFunction('zstdCompress') !== null

/**
 * @param instead the compression that an error recommends
 * @throws UNSUPPORTED_CLAUSE if this Node has no zstd
 */
export function zstd(instead: 'GZIP' | 'SNAPPY'): Zstd {
  const pooled = zlibFunction('zstdCompress')
  const here = zlibFunction('zstdCompressSync')
  const stream = zlibFunction('createZstdCompress')
  if (pooled === null || here === null || stream === null)
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `COMPRESSION ZSTD needs Node 22.15 or newer, but this is ${process.version}`,
      { hint: `Run with Node 22.15 or newer, or write COMPRESSION ${instead}.` },
    )
  const withLevel = (options: ZstdOptions) => ({ ...options, params: PARAMETERS })
  return {
    compress: (raw, options) =>
      new Promise((resolve, reject) => {
        const take = (error: Error | null, result: unknown) =>
          error === null ? resolve(bytesOf(result)) : reject(error)
        pooled(raw, withLevel(options), take)
      }),
    compressHere: (raw, options) => bytesOf(here(raw, withLevel(options))),
    stream: options => transformOf(stream(withLevel(options))),
  }
}

/** The decompression of Node's zlib: whole data on this thread, or a stream that reads a sequence of frames. */
export interface Unzstd {
  /** @param mostBytes of the result; more are an error */
  here(compressed: Uint8Array, mostBytes: number): Uint8Array
  stream(): Transform
}

/** @throws CONFIG if this Node has no zstd */
export function unzstd(): Unzstd {
  const here = zlibFunction('zstdDecompressSync')
  const stream = zlibFunction('createZstdDecompress')
  if (here === null || stream === null)
    throw new BatchQueryError('CONFIG', `reading ZSTD needs Node 22.15, and this is ${process.version}`, {
      hint: 'Run it with Node 22.15 or newer, or download the part and read it with another program, such as zstd.',
    })
  return {
    here: (compressed, mostBytes) => bytesOf(here(compressed, { maxOutputLength: mostBytes })),
    stream: () => transformOf(stream()),
  }
}

type ZlibFunction = (...values: readonly unknown[]) => unknown
const isFunction = (value: unknown): value is ZlibFunction => typeof value === 'function'

/** zlib is loaded on demand, because that takes a moment. The types of the oldest Node do not have these functions. */
function zlibFunction(
  name:
    | 'zstdCompressSync'
    | 'zstdCompress'
    | 'createZstdCompress'
    | 'zstdDecompressSync'
    | 'createZstdDecompress',
): ZlibFunction | null {
  const found: unknown = Reflect.get(process.getBuiltinModule('node:zlib'), name)
  return isFunction(found) ? found : null
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new BatchQueryError('INTERNAL', "zlib's zstd returned no bytes")
}

const isTransform = (value: unknown): value is Transform =>
  typeof value === 'object' && value !== null && 'end' in value && Symbol.asyncIterator in value

function transformOf(value: unknown): Transform {
  if (isTransform(value)) return value
  throw new BatchQueryError('INTERNAL', "zlib's zstd returned no stream")
}
