import type { StagedObject, StageToken } from '../store/store.ts'

/** A staged object that the store has not confirmed yet. Its writes wait for that, so that small parts need not wait for each other. */
export class OpeningObject implements StagedObject {
  readonly #opening: Promise<StagedObject>
  #object: StagedObject | null = null

  constructor(opening: Promise<StagedObject>) {
    this.#opening = opening
  }

  /** Valid after `finish`. */
  get token(): StageToken {
    if (this.#object === null) throw new Error('the store has not confirmed the object yet')
    return this.#object.token
  }

  /** The bytes keep the order of the calls, because all calls wait for the same promise. */
  async write(bytes: Uint8Array): Promise<void> {
    const object = await this.#opening
    return object.write(bytes)
  }

  async finish(): Promise<void> {
    this.#object = await this.#opening
    return this.#object.finish()
  }
}
