import { createHash } from 'node:crypto'
import type { Block } from '../format/index.ts'
import type { StagedPart } from '../journal/index.ts'
import type { StagedObject } from '../store/store.ts'
import type { Compression } from './compression.ts'
import type { DescribedPart } from './part-describer.ts'

/**
 * Stages one part. Each block stays in use until the store has taken its bytes. Only `close` waits for that.
 */
export class PartWriter {
  readonly #object: StagedObject
  readonly #uri: string
  readonly #compress: Compression['compress']
  readonly #described: DescribedPart | null
  readonly #hash = createHash('sha256')
  readonly #underWay = new Set<Promise<void>>()
  #hasStart = false
  /** Null before the first bytes are stored, which are the start if the part has one. */
  #startBytes: number | null = null
  #isEmpty = true
  /** Resolves when the store's writer has the bytes before. It takes them in order. */
  #turn: Promise<void> = Promise.resolve()
  #rows = 0
  #bytes = 0
  #failure: unknown = null

  /** @param described reads the statistics of the part from its bytes @default - nothing reads them */
  constructor(
    object: StagedObject,
    uri: string,
    { compress }: Compression,
    described: DescribedPart | null = null,
  ) {
    this.#described = described
    this.#object = object
    this.#uri = uri
    this.#compress = compress
  }

  /** @throws the error of an earlier write */
  writeBlock(block: Block): void {
    this.#rows += block.rowsEnded
    this.#described?.add(block.bytes)
    this.#write(block.bytes, () => block.release())
  }

  /** Writes what the encoder says that every part begins with, as a frame of its own if it is compressed. */
  writeStart(start: Uint8Array): void {
    if (start.length === 0) return
    this.#hasStart = true
    this.#write(start, () => {})
  }

  /** Resolves when the store has the whole part. */
  async close(): Promise<StagedPart> {
    const statistics = (await this.#described?.statistics()) ?? null
    // An empty part that is compressed is an empty frame.
    if (this.#isEmpty && this.#compress !== null) this.#write(new Uint8Array(), () => {})
    await Promise.all(this.#underWay)
    this.#throwFailure()
    await this.#object.finish()
    return {
      uri: this.#uri,
      token: this.#object.token,
      rows: this.#rows,
      bytes: this.#bytes,
      headerBytes: this.#startBytes ?? 0,
      sha256: this.#hash.digest('hex'),
      ...(statistics && { statistics }),
    }
  }

  #write(bytes: Uint8Array, release: () => void): void {
    this.#throwFailure()
    this.#isEmpty = false
    const written = this.#compress === null ? this.#store(bytes) : this.#storeInTurn(this.#compress(bytes))
    const finished = written
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .then(() => {
        release()
        this.#underWay.delete(finished)
      })
    this.#underWay.add(finished)
  }

  #store(bytes: Uint8Array): Promise<void> {
    this.#startBytes ??= this.#hasStart ? bytes.length : 0
    this.#bytes += bytes.length
    this.#hash.update(bytes)
    return this.#object.write(bytes)
  }

  /** Compresses blocks in parallel, and stores them in the order in which they came. */
  async #storeInTurn(compressing: Promise<Uint8Array>): Promise<void> {
    const before = this.#turn
    let done = (): void => {}
    this.#turn = new Promise(resolve => {
      done = resolve
    })
    try {
      const bytes = await compressing
      await before
      const written = this.#store(bytes)
      done()
      await written
    } finally {
      done()
    }
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure
  }
}
