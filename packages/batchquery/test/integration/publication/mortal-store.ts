import type {
  ObjectAddress,
  ObjectOrBucket,
  StagedObject,
  StageToken,
  Store,
} from '../../../src/store/index.ts'
import type { NamedOperation } from '../../campaign/mortal.ts'

export interface NamedChange extends NamedOperation {
  /** Counts the changes with this name from 1. @default - the first one */
  readonly nth?: number
}

/**
 * The store of a process that dies. From one change on, it does nothing and its calls never return. Earlier writes remain, as
 * when a machine is lost.
 */
export class MortalStore implements Store {
  readonly #store: Store
  readonly #death: number | NamedChange
  #isDead = false
  #changes = 0
  /** How many changes matched the name and key so far. */
  #matches = 0
  #onDeath = (): void => {}
  /** Resolves when the process is dead. */
  readonly died = new Promise<void>(resolve => {
    this.#onDeath = resolve
  })

  /** @param death the first change that does not happen: its number from 0, or its name and object */
  constructor(store: Store, death: number | NamedChange) {
    this.#store = store
    this.#death = death
  }

  /** How many changes the process requested. */
  get changes(): number {
    return this.#changes
  }
  get name() {
    return this.#store.name
  }
  get capabilities() {
    return this.#store.capabilities
  }
  get bucketSettings() {
    return this.#store.bucketSettings
  }
  uriOf(place: ObjectOrBucket) {
    return this.#store.uriOf(place)
  }
  hasIssued(token: StageToken) {
    return this.#store.hasIssued(token)
  }

  async stage(address: ObjectAddress, ...rest: RestOf<'stage'>): Promise<StagedObject> {
    const object = await this.#change('stage', address, () => this.#store.stage(address, ...rest))
    return {
      token: object.token,
      write: bytes => this.#change('write', address, () => object.write(bytes)),
      finish: () => this.#change('finish', address, () => object.finish()),
    }
  }
  commit(token: StageToken, ...rest: RestOf<'commit'>) {
    return this.#change('commit', token, () => this.#store.commit(token, ...rest))
  }
  abort(token: StageToken) {
    return this.#change('abort', token, () => this.#store.abort(token))
  }
  create(address: ObjectAddress, bytes: Uint8Array) {
    return this.#change('create', address, () => this.#store.create(address, bytes))
  }
  put(address: ObjectAddress, bytes: Uint8Array) {
    return this.#change('put', address, () => this.#store.put(address, bytes))
  }
  putOver(address: ObjectAddress, ...rest: RestOf<'putOver'>) {
    return this.#change('put', address, () => this.#store.putOver(address, ...rest))
  }
  tidy(bucket: string) {
    return this.#change('tidy', { key: '' }, () => this.#store.tidy(bucket))
  }
  delete(address: ObjectAddress) {
    return this.#change('delete', address, () => this.#store.delete(address))
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
  open(address: ObjectAddress, start: number, end?: number) {
    return this.#store.open(address, start, end)
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

  #change<T>(name: string, { key }: Pick<ObjectAddress, 'key'>, change: () => Promise<T>): Promise<T> {
    this.#isDead ||= this.#isDeath(name, key)
    this.#changes++
    if (!this.#isDead) return change()
    this.#onDeath()
    return new Promise(() => {})
  }

  #isDeath(name: string, key: string): boolean {
    const death = this.#death
    if (typeof death === 'number') return this.#changes >= death
    if (death.name === name && key.endsWith(death.key)) this.#matches++
    return this.#matches === (death.nth ?? 1)
  }
}

type RestOf<Name extends 'stage' | 'commit' | 'putOver'> =
  Parameters<Store[Name]> extends [unknown, ...infer Rest] ? Rest : never
