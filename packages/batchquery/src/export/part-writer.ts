import { createHash } from 'node:crypto'
import type { Block } from '../format/index.ts'
import type { StagedObject } from '../store/store.ts'
import type { StagedPart } from './journal.ts'

/** Stages one part. Blocks go back to the pool as the store takes them; nothing here waits for it before `close`. */
export class PartWriter {
  rows = 0
  bytes = 0
  readonly #object: StagedObject
  readonly #uri: string
  readonly #hash = createHash('sha256')
  readonly #writes: Promise<void>[] = []
  #failure: unknown = null

  constructor(object: StagedObject, uri: string) {
    this.#object = object
    this.#uri = uri
  }

  /** @throws what an earlier write failed with */
  writeBlock(block: Block): void {
    this.rows += block.rowsEnded
    this.#write(block.bytes, () => block.release())
  }

  writeHeader(header: Uint8Array): void {
    if (header.length > 0) this.#write(header, () => {})
  }

  /** Settles when the store has the whole part. */
  async close(): Promise<StagedPart> {
    await Promise.all(this.#writes)
    this.#throwFailure()
    await this.#object.finish()
    return {
      uri: this.#uri,
      token: this.#object.token,
      rows: this.rows,
      bytes: this.bytes,
      sha256: this.#hash.digest('hex'),
    }
  }

  #write(bytes: Uint8Array, release: () => void): void {
    this.#throwFailure()
    this.bytes += bytes.length
    this.#hash.update(bytes)
    const write = this.#object.write(bytes).then(release, error => {
      this.#failure ??= error
      release()
    })
    this.#writes.push(write)
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure
  }
}
