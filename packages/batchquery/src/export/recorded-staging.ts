import type { Journal } from '../journal/index.ts'
import type { ObjectAddress, StagedObject, StageOptions, StageToken, Store } from '../store/store.ts'

interface RecordedStore extends Pick<Store, 'stage' | 'abort'> {
  readonly capabilities: Pick<Store['capabilities'], 'keepsOwner'>
}

/**
 * A store as an export stages to it. Nothing begins before the journal has the destination. If the store does not keep the
 * owner of a staged object, no byte is written before the journal has its token. So every leftover of a killed runner is in
 * the journal, is kept under its owner, or is empty.
 */
export class RecordedStaging implements Pick<Store, 'stage' | 'abort'> {
  readonly #store: RecordedStore
  readonly #uri: string
  readonly #journal: Pick<Journal, 'write'>
  readonly #declared: Promise<void>

  /** @param declared resolves when the journal has the destination */
  constructor(
    { store, uri }: { readonly store: RecordedStore; readonly uri: string },
    journal: Pick<Journal, 'write'>,
    declared: Promise<void>,
  ) {
    this.#store = store
    this.#uri = uri
    this.#journal = journal
    this.#declared = declared
  }

  async stage(address: ObjectAddress, owner: string, options?: StageOptions): Promise<StagedObject> {
    await this.#declared
    const object = await this.#store.stage(address, owner, options)
    const { keepsOwner } = this.#store.capabilities
    return keepsOwner ? object : new RecordedObject(object, this.#recorded(object.token))
  }

  #recorded(token: StageToken): Promise<void> {
    return this.#journal.write({ step: 'opened', uri: this.#uri, token })
  }

  abort(token: StageToken): Promise<void> {
    return this.#store.abort(token)
  }
}

class RecordedObject implements StagedObject {
  readonly token: StageToken
  readonly #object: StagedObject
  readonly #recorded: Promise<void>

  constructor(object: StagedObject, recorded: Promise<void>) {
    this.token = object.token
    this.#object = object
    this.#recorded = recorded
    // `write` and `finish` see a rejection. Until then it must not count as unhandled.
    this.#recorded.catch(() => {})
  }

  /** The bytes keep the order of the calls, because all calls wait for the same promise. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#recorded
    return this.#object.write(bytes)
  }

  async finish(): Promise<void> {
    await this.#recorded
    return this.#object.finish()
  }
}
