import type { ObjectAddress, StagedObject, StageOptions, StageToken, Store } from '../store/store.ts'
import type { ExportJournal } from './journal.ts'

/**
 * A store as an export stages to it: nothing begins before the journal has the destination, and where the store does
 * not keep whose a staged object is (S3), no byte is written before the journal has its token. So whatever a killed
 * runner leaves is in the journal, or holds nothing.
 */
export class RecordedStaging implements Pick<Store, 'stage' | 'abort'> {
  readonly #store: Store
  readonly #journal: ExportJournal
  readonly #declared: Promise<void>

  /** @param declared settles when the journal has the destination */
  constructor(store: Store, journal: ExportJournal, declared: Promise<void>) {
    this.#store = store
    this.#journal = journal
    this.#declared = declared
  }

  async stage(address: ObjectAddress, owner: string, options?: StageOptions): Promise<StagedObject> {
    await this.#declared
    const object = await this.#store.stage(address, owner, options)
    return this.#store.kind === 's3' ? new RecordedObject(object, this.#journal) : object
  }

  abort(token: StageToken): Promise<void> {
    return this.#store.abort(token)
  }
}

class RecordedObject implements StagedObject {
  readonly token: StageToken
  readonly #object: StagedObject
  readonly #recorded: Promise<void>

  constructor(object: StagedObject, journal: ExportJournal) {
    this.token = object.token
    this.#object = object
    this.#recorded = journal.opened(object.token)
    // seen by whoever writes; it must not count as unhandled until then
    this.#recorded.catch(() => {})
  }

  /** In the order of the calls, as all wait for the same. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#recorded
    return this.#object.write(bytes)
  }

  async finish(): Promise<void> {
    await this.#recorded
    return this.#object.finish()
  }
}
