import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BatchQueryError } from '../../errors/index.ts'
import type { ObjectAddress, StageToken, Store } from '../../store/index.ts'
import { missingFolders } from '../nearest-folder.ts'

/**
 * The place of doctor's objects in the home bucket: a prefix of its own under `output/` or `runs/`, which is empty afterwards. A
 * scratch knows every object before doctor writes it.
 */
export class Scratch {
  readonly store: Store
  readonly bucket: string
  /** Ends with a slash. */
  readonly prefix: string
  /** The owner of all staged objects. */
  readonly owner: string
  readonly #keys = new Set<string>()
  readonly #tokens = new Map<string, StageToken>()
  /** If the store is in a folder of this machine: the folders on the way to the bucket that did not exist, the deepest first. */
  readonly #newFolders: readonly string[]

  private constructor(
    store: Store,
    bucket: string,
    owner: string,
    prefix: string,
    newFolders: readonly string[],
  ) {
    this.store = store
    this.bucket = bucket
    this.owner = owner
    this.prefix = prefix
    this.#newFolders = newFolders
  }

  /**
   * @param id the id of this run of doctor
   * @param below the folder that the user may write to
   */
  static async at(
    store: Store,
    bucket: string,
    id: string,
    below: 'output' | 'runs' = 'output',
  ): Promise<Scratch> {
    const { folder } = store.capabilities
    const missing = folder === null ? [] : await missingFolders(join(folder, bucket))
    return new Scratch(store, bucket, id, `${below}/${id}/`, missing)
  }

  get uri(): string {
    return this.store.uriOf({ bucket: this.bucket, key: this.prefix })
  }

  /** The address of an object that doctor is going to write. */
  address(name: string): ObjectAddress {
    const key = `${this.prefix}${name}`
    this.#keys.add(key)
    return { bucket: this.bucket, key }
  }

  /** Takes the token of an object that doctor has staged. */
  remember(token: StageToken): void {
    this.#tokens.set(token.handle, token)
    this.#keys.add(token.key)
  }

  /**
   * Removes as much as it can. It may be repeated.
   *
   * @throws the first error, and names the objects that may remain
   */
  async clean(): Promise<void> {
    const failures: BatchQueryError[] = []
    const attempt = (work: () => Promise<unknown>) =>
      work().catch((thrown: unknown) => void failures.push(BatchQueryError.from(thrown)))
    for (const [handle, token] of this.#tokens)
      await attempt(async () => {
        await this.store.abort(token)
        this.#tokens.delete(handle)
      })
    for (const key of this.#keys)
      await attempt(async () => {
        await this.store.delete({ bucket: this.bucket, key })
        this.#keys.delete(key)
      })
    for (const folder of this.#newFolders) await rmdir(folder).catch(() => {})
    const [first] = failures
    if (first !== undefined) throw this.#mayStay(first)
  }

  #mayStay(error: BatchQueryError): BatchQueryError {
    const leftovers = [...new Set([...this.#keys, ...[...this.#tokens.values()].map(({ key }) => key)])]
    const what =
      leftovers.length === 0 ? '' : ` (${leftovers.map(key => key.slice(this.prefix.length)).join(', ')})`
    const { code, message, retryable, hint } = error
    return new BatchQueryError(code, `some objects remain under ${this.uri}${what}: ${message}`, {
      cause: error,
      retryable,
      hint: `${hint ?? 'Find out why doctor cannot remove them.'} Then remove ${this.uri} by hand.`,
    })
  }
}
