import { promisify } from 'node:util'
import { BatchQueryError } from '../errors/index.ts'
import type { CompressionName } from '../format/index.ts'

/** The compressions of whole parts. */
export type PartCompression = Exclude<CompressionName, 'SNAPPY'>

/** Compresses a part block by block, into frames that decoders read one after the other. */
export interface Compression {
  readonly name: PartCompression
  /** The last extension of the parts' names. */
  readonly extension: '' | '.gz' | '.zst'
  /** Compresses bytes into one whole frame, in Node's thread pool. Null if this process does not compress. */
  readonly compress: ((bytes: Uint8Array) => Promise<Uint8Array>) | null
}

const GZIP_LEVEL = 1
/** Loaded on demand, because it takes a moment. */
const zlib = () => process.getBuiltinModule('node:zlib')
/**
 * ZSTD_c_compressionLevel is 100. Level 1 takes less CPU and memory than the default of 3. The result has about the same size,
 * but is clearly larger for repetitive text. https://facebook.github.io/zstd/zstd_manual.html
 */
const ZSTD_PARAMETERS = { 100: 1 }

/**
 * @param isElsewhere whether another process compresses, which may have another version of Node
 * @throws UNSUPPORTED_CLAUSE for ZSTD if this Node's zlib does not have it
 */
export function compressionOf(name: PartCompression, isElsewhere = false): Compression {
  switch (name) {
    case 'NONE':
      return { name, extension: '', compress: null }
    case 'GZIP': {
      const gzip = promisify(zlib().gzip)
      return {
        name,
        extension: '.gz',
        compress: bytes => gzip(bytes, { level: GZIP_LEVEL, chunkSize: frameBytes(bytes) }),
      }
    }
    case 'ZSTD':
      return { name, extension: '.zst', compress: isElsewhere ? null : zstd() }
  }
}

/** In Node since 22.15: https://nodejs.org/api/zlib.html#zlibzstdcompressbuffer-options-callback */
function zstd(): (bytes: Uint8Array) => Promise<Uint8Array> {
  const found: unknown = Reflect.get(zlib(), 'zstdCompress')
  if (!isCompressor(found))
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `COMPRESSION ZSTD needs Node 22.15, and this is ${process.version}`,
      {
        hint: 'Run it with Node 22.15 or newer, or write COMPRESSION GZIP.',
      },
    )
  const compress = promisify(found)
  return bytes => compress(bytes, { chunkSize: frameBytes(bytes), params: ZSTD_PARAMETERS })
}

/**
 * The largest frame that a block may become, even if it is incompressible. So zlib writes the frame at once. Otherwise Node
 * takes 16 KiB at a time, each with a turn in its thread pool, and zstd keeps a copy of the block.
 */
const frameBytes = (bytes: Uint8Array): number => bytes.length + (bytes.length >>> 8) + 128

type Compressor = (
  bytes: Uint8Array,
  options: { readonly chunkSize: number; readonly params: Readonly<Record<number, number>> },
  callback: (error: Error | null, result: Uint8Array) => void,
) => void

const isCompressor = (value: unknown): value is Compressor => typeof value === 'function'
