import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BatchQueryError } from '../../errors/index.ts'
import { formatS3Uri, type ObjectAddress, type StageToken, type Store } from '../../store/index.ts'
import { missingFolders } from '../nearest-folder.ts'

/**
 * Where a look writes in the home bucket: a prefix of its own under `output/` or `runs/`, of which nothing stays. Whatever is
 * written there is known here before it is.
 */
export class Scratch {
  readonly store: Store
  readonly bucket: string
  /** Ends with a slash. */
  readonly prefix: string
  /** Whose everything is that is staged. */
  readonly owner: string
  readonly #keys = new Set<string>()
  readonly #tokens = new Map<string, StageToken>()
  /** Of a store that is a directory: the folders that were missing, the deepest first. */
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
   * @param id of the look
   * @param below where who looks may write
   */
  static async at(
    store: Store,
    bucket: string,
    id: string,
    below: 'output' | 'runs' = 'output',
  ): Promise<Scratch> {
    const folders = store.kind === 'directory' ? await missingFolders(join(store.name, bucket)) : []
    return new Scratch(store, bucket, id, `${below}/${id}/`, folders)
  }

  get uri(): string {
    return formatS3Uri({ bucket: this.bucket, key: this.prefix })
  }

  /** The address of an object that is going to be written. */
  address(name: string): ObjectAddress {
    const key = `${this.prefix}${name}`
    this.#keys.add(key)
    return { bucket: this.bucket, key }
  }

  /** Something that has been staged. */
  remember(token: StageToken): void {
    this.#tokens.set(token.handle, token)
    this.#keys.add(token.key)
  }

  /**
   * Removes everything, as far as it goes. Safe to repeat.
   *
   * @throws the first error, with what may stay
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
    const left = [...new Set([...this.#keys, ...[...this.#tokens.values()].map(({ key }) => key)])]
    const what = left.length === 0 ? '' : ` (${left.map(key => key.slice(this.prefix.length)).join(', ')})`
    const { code, message, retryable, hint } = error
    return new BatchQueryError(code, `something stays under ${this.uri}${what}: ${message}`, {
      cause: error,
      retryable,
      hint: `${hint ?? 'Find out why it cannot be removed.'} Then remove ${this.uri} by hand.`,
    })
  }
}
