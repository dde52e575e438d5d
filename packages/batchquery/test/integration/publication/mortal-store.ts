import type { ObjectAddress, StagedObject, StageToken, Store } from '../../../src/store/index.ts'

/**
 * A store as a process has it that dies: after so many changes nothing is done any more, and nobody hears of it.
 * What was written before stays, as it does when a machine is lost.
 */
export class MortalStore implements Store {
  readonly #store: Store
  readonly #lifetime: number
  #changes = 0
  #onDeath = (): void => {}
  /** Settles when the process is dead. */
  readonly died = new Promise<void>(resolve => {
    this.#onDeath = resolve
  })

  /** @param lifetime how many changes are made */
  constructor(store: Store, lifetime: number) {
    this.#store = store
    this.#lifetime = lifetime
  }

  /** How many changes were asked for. */
  get changes(): number {
    return this.#changes
  }
  get kind() {
    return this.#store.kind
  }
  get name() {
    return this.#store.name
  }

  async stage(...call: Parameters<Store['stage']>): Promise<StagedObject> {
    const object = await this.#change(() => this.#store.stage(...call))
    return {
      token: object.token,
      write: bytes => this.#change(() => object.write(bytes)),
      finish: () => this.#change(() => object.finish()),
    }
  }
  commit(...call: Parameters<Store['commit']>) {
    return this.#change(() => this.#store.commit(...call))
  }
  abort(token: StageToken) {
    return this.#change(() => this.#store.abort(token))
  }
  create(address: ObjectAddress, bytes: Uint8Array) {
    return this.#change(() => this.#store.create(address, bytes))
  }
  put(address: ObjectAddress, bytes: Uint8Array) {
    return this.#change(() => this.#store.put(address, bytes))
  }
  putOver(...call: Parameters<Store['putOver']>) {
    return this.#change(() => this.#store.putOver(...call))
  }
  tidy(bucket: string) {
    return this.#change(() => this.#store.tidy(bucket))
  }
  delete(address: ObjectAddress) {
    return this.#change(() => this.#store.delete(address))
  }

  chunkBytes(maxObjectBytes: number) {
    return this.#store.chunkBytes(maxObjectBytes)
  }
  inspect(token: StageToken, bytes: number) {
    return this.#store.inspect(token, bytes)
  }
  read(address: ObjectAddress) {
    return this.#store.read(address)
  }
  open(address: ObjectAddress, start: number) {
    return this.#store.open(address, start)
  }
  head(address: ObjectAddress) {
    return this.#store.head(address)
  }
  listStaged(...call: Parameters<Store['listStaged']>) {
    return this.#store.listStaged(...call)
  }
  list(...call: Parameters<Store['list']>) {
    return this.#store.list(...call)
  }
  now(bucket: string) {
    return this.#store.now(bucket)
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    if (this.#changes++ < this.#lifetime) return change()
    this.#onDeath()
    return new Promise(() => {})
  }
}
