import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

/**
 * Node's TLS encrypts the whole buffer of a write, and keeps the result until the socket has taken its last byte. So a chunk in
 * one write would be in memory twice. Larger slices than these save no CPU, and much smaller ones cost some.
 */
const SLICE_BYTES = 512 * 1024

/** The bytes of a chunk, in order. They must not change until the chunk is sent. */
export type Pieces = readonly Uint8Array[]

export const lengthOf = (pieces: Pieces): number => pieces.reduce((sum, piece) => sum + piece.length, 0)

/** In base64, as S3's headers have it. */
export function crc32Of(pieces: Pieces): string {
  // It is loaded here, so that a run that stores nothing on S3 starts without it.
  const { crc32 } = process.getBuiltinModule('node:zlib')
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(pieces.reduce((sum, piece) => crc32(piece, sum), 0))
  return bytes.toString('base64')
}

export function sha256Of(pieces: Pieces): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

/**
 * The body of one request: it yields a chunk slice by slice, each when the socket has taken the one before, and copies nothing. A
 * repeated request needs another body with the same pieces.
 */
export class ChunkBody extends Readable {
  readonly pieces: Pieces
  #piece = 0
  #at = 0

  constructor(pieces: Pieces) {
    // One slice at a time: a slice is a view, so reading ahead saves nothing.
    super({ highWaterMark: 1 })
    this.pieces = pieces
  }

  override _read(): void {
    this.push(this.#nextSlice())
  }

  #nextSlice(): Uint8Array | null {
    for (let piece = this.pieces[this.#piece]; piece !== undefined; piece = this.pieces[++this.#piece]) {
      const slice = piece.subarray(this.#at, this.#at + SLICE_BYTES)
      this.#at += slice.length
      if (slice.length > 0) return slice
      this.#at = 0
    }
    return null
  }
}
