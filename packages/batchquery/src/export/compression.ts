import { promisify } from 'node:util'
import type { CompressionName } from '../format/index.ts'
import { zstd } from '../platform/index.ts'

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
      return { name, extension: '.zst', compress: isElsewhere ? null : zstdFrames() }
  }
}

function zstdFrames(): Compression['compress'] {
  const { compress } = zstd('GZIP')
  return bytes => compress(bytes, { chunkSize: frameBytes(bytes) })
}

/**
 * The largest frame that a block may become, even if it is incompressible. So zlib writes the frame at once. Otherwise Node
 * takes 16 KiB at a time, each with a turn in its thread pool, and zstd keeps a copy of the block.
 */
const frameBytes = (bytes: Uint8Array): number => bytes.length + (bytes.length >>> 8) + 128
