import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BatchQueryError } from '../../errors/index.ts'
import { formatS3Uri } from '../s3/address.ts'
import type {
  ObjectAddress,
  ObjectInfo,
  ObjectOrBucket,
  StagedObject,
  StageOptions,
  StageState,
  StageToken,
  Store,
  StoreCapabilities,
  StoredObject,
  WrittenObject,
} from '../store.ts'
import { commitStaged, inspectStaged } from './commit.ts'
import { explained } from './errors.ts'
import { findFolder, makeFolder, removeEmptyFolders, whileFoldersVanish } from './folders.ts'
import { findLeftoverFiles, removeStale } from './leftover-files.ts'
import { infoOf, listObjects } from './listing.ts'
import { checkBucket, placeOf, STAGING_FOLDER } from './paths.ts'
import { publish, refuseClash } from './publish.ts'
import { CHUNK_BYTES, openObject, readChunks } from './reading.ts'
import { openStagingFile, removeDraft, removeStaging, StagedFile, writeFully } from './staging.ts'
import { isDirectoryToken, issueToken, parseHandle } from './staging-handle.ts'
import { isWholeWrite } from './staging-name.ts'

/** Prefix of the files that `now` creates to read the clock of the filesystem. */
const CLOCK_FILE = '.batchquery-now-'

/**
 * A store in a directory: its folders are the buckets, an object is the file `bucket/key`. A write creates the folders that it
 * needs, including the root and the bucket, so a missing bucket reads as an empty one. A folder that becomes empty is removed
 * (`delete` keeps the bucket). The filesystem must have hard links.
 *
 * Below the root only files and folders count. The store never lists or follows a symbolic link: PERMISSION. A key with an
 * empty part, or one that another key begins with (`a` and `a/b`), is KEY_INVALID.
 */
export class DirectoryStore implements Store {
  readonly name: string
  readonly capabilities: StoreCapabilities
  readonly bucketSettings = null
  /** The staged files that this process has not finished, by handle: `abort` closes them. */
  readonly #staged = new Map<string, StagedFile>()
  /** The folders in which this process has looked for leftovers of killed processes. */
  readonly #swept = new Set<string>()

  /** How many levels of folders below the root the store keeps when they are empty. */
  readonly #keep: 0 | 1

  /**
   * @param root the directory; it need not exist, and may be a symbolic link
   * @param options.keepsEmptyBuckets keeps a bucket that is a folder of the user, when its last object is removed.
   *   @default - false
   */
  constructor(root: string, options: { readonly keepsEmptyBuckets?: boolean } = {}) {
    this.name = resolve(root)
    this.capabilities = {
      isShared: false,
      // The name of a staging file begins with its owner.
      keepsOwner: true,
      losesAnswers: false,
      encryptions: [],
      serverProtocol: null,
      folder: this.name,
      stagedObject: 'a file',
    }
    this.#keep = options.keepsEmptyBuckets === true ? 1 : 0
  }

  uriOf(place: ObjectOrBucket): string {
    return formatS3Uri(place)
  }

  chunkBytes(): number {
    return CHUNK_BYTES
  }

  async stage(address: ObjectAddress, owner: string, options: StageOptions = {}): Promise<StagedObject> {
    const place = placeOf(address)
    if (options.encryption !== undefined) throw cannotEncrypt(address)
    const doing = this.#doing('write', address)
    return explained(doing, async () => {
      await refuseClash(this.name, place)
      const { name, file } = await openStagingFile(this.name, place, owner)
      const token = issueToken(address, owner, name, await file.stat({ bigint: true }))
      const staged = new StagedFile(token, file, doing, () => this.#staged.delete(token.handle))
      this.#staged.set(token.handle, staged)
      return staged
    })
  }

  hasIssued(token: StageToken): boolean {
    return isDirectoryToken(token)
  }

  async inspect(token: StageToken, bytes: number): Promise<StageState> {
    return explained(this.#doing('look at', token), () => inspectStaged(this.name, token, bytes))
  }

  async commit(token: StageToken, bytes: number, mustNotExist: boolean): Promise<void> {
    await explained(this.#doing('commit', token), () => commitStaged(this.name, token, bytes, mustNotExist))
  }

  async abort(token: StageToken): Promise<void> {
    const place = placeOf(token)
    const { name } = parseHandle(token, true)
    await explained(this.#doing('abort', token), async () => {
      await this.#staged.get(token.handle)?.close()
      this.#staged.delete(token.handle)
      await removeStaging(this.name, place, name, this.#keep)
    })
  }

  async *listStaged(bucket: string, prefix: string, owner: string): AsyncGenerator<StageToken> {
    checkBucket(bucket)
    const doing = this.#doing('look for what is staged for', { bucket, key: prefix })
    yield* await explained(doing, () => findLeftoverFiles(this.name, bucket, prefix, owner))
  }

  async create(address: ObjectAddress, bytes: Uint8Array): Promise<boolean> {
    return this.#writeWhole(address, bytes, true)
  }

  async put(address: ObjectAddress, bytes: Uint8Array): Promise<void> {
    await this.#writeWhole(address, bytes, false)
  }

  async putOver(address: ObjectAddress, bytes: Uint8Array): Promise<WrittenObject> {
    await this.put(address, bytes)
    return { version: null }
  }

  async read(address: ObjectAddress): Promise<StoredObject | null> {
    const place = placeOf(address)
    return explained(this.#doing('read', address), async () => {
      const found = await openObject(this.name, place)
      if (found === null) return null
      try {
        return { bytes: await found.file.readFile(), info: infoOf(address.key, found.stats) }
      } finally {
        await found.file.close()
      }
    })
  }

  async open(
    address: ObjectAddress,
    start: number,
    end = Number.POSITIVE_INFINITY,
  ): Promise<AsyncIterable<Uint8Array> | null> {
    const place = placeOf(address)
    const doing = this.#doing('read', address)
    const found = await explained(doing, () => openObject(this.name, place))
    return found === null ? null : readChunks(found, { start, end }, doing)
  }

  async head(address: ObjectAddress): Promise<ObjectInfo | null> {
    const place = placeOf(address)
    return explained(this.#doing('look at', address), async () => {
      const found = await openObject(this.name, place)
      await found?.file.close()
      return found === null ? null : infoOf(address.key, found.stats)
    })
  }

  async *list(bucket: string, prefix: string, startAfter = ''): AsyncGenerator<ObjectInfo> {
    checkBucket(bucket)
    const doing = this.#doing('list', { bucket, key: prefix })
    yield* listObjects(this.name, bucket, prefix, startAfter, doing)
  }

  async delete(address: ObjectAddress): Promise<void> {
    const place = placeOf(address)
    await explained(this.#doing('delete', address), async () => {
      const found = await openObject(this.name, place)
      if (found === null) return
      await found.file.close()
      await rm(join(this.name, ...place.folders, place.name), { force: true })
      await removeEmptyFolders(this.name, place.folders, 1)
    })
  }

  async tidy(bucket: string): Promise<void> {
    checkBucket(bucket)
    await explained(`tidy up in ${this.uriOf({ bucket })} of the directory ${this.name}`, async () => {
      const folder = await findFolder(this.name, [bucket, STAGING_FOLDER])
      if (folder === null) return
      await removeStale(folder, isWholeWrite, await this.now())
      await removeEmptyFolders(this.name, [bucket, STAGING_FOLDER], 1)
    })
  }

  /** The clock of the filesystem may be another machine's. So this creates a file and reads its time. */
  async now(): Promise<Date> {
    const name = `${CLOCK_FILE}${randomBytes(8).toString('hex')}`
    return explained(`read the clock of the directory ${this.name}`, () =>
      whileFoldersVanish(async () => {
        const path = join(await makeFolder(this.name, []), name)
        const file = await open(path, 'wx')
        try {
          const { mtime } = await file.stat()
          await this.#sweep(
            this.name,
            entry => entry.startsWith(CLOCK_FILE),
            async () => mtime,
          )
          return mtime
        } finally {
          await file.close()
          await rm(path, { force: true })
        }
      }),
    )
  }

  /** Returns false if the write is exclusive and the key exists. */
  async #writeWhole(address: ObjectAddress, bytes: Uint8Array, exclusive: boolean): Promise<boolean> {
    const place = placeOf(address)
    return explained(this.#doing('write', address), async () => {
      const { name, path, file } = await openStagingFile(this.name, place, null)
      let isPublished = false
      try {
        await writeFully(file, bytes, 0)
        await file.datasync()
        await this.#sweep(dirname(path), isWholeWrite, async () => (await file.stat()).mtime)
        isPublished = await whileFoldersVanish(() => publish(this.name, place, path, exclusive))
        return isPublished
      } finally {
        await file.close()
        if (isPublished) await removeDraft(path, !exclusive)
        else await removeStaging(this.name, place, name, this.#keep)
      }
    })
  }

  /** Once for each folder that this process writes to. */
  async #sweep(folder: string, isOne: (name: string) => boolean, now: () => Promise<Date>): Promise<void> {
    if (this.#swept.has(folder)) return
    this.#swept.add(folder)
    await removeStale(folder, isOne, await now())
  }

  #doing(verb: string, address: ObjectAddress): string {
    return `${verb} ${formatS3Uri(address)} in the directory ${this.name}`
  }
}

function cannotEncrypt(address: ObjectAddress): BatchQueryError {
  return new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `A directory store cannot encrypt ${formatS3Uri(address)}.`,
    {
      hint: 'Remove ENCRYPTION, or set it OFF. To encrypt the result, encrypt the filesystem, or write to S3.',
    },
  )
}
