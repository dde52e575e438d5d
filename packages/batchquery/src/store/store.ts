/** The address of an object: a bucket of a store, and a key in it. */
export interface ObjectAddress {
  readonly bucket: string
  /** 1 to 1,024 bytes of UTF-8, without a leading slash. */
  readonly key: string
}

/** An object, or without a key a bucket. */
export type ObjectOrBucket = Pick<ObjectAddress, 'bucket'> & Partial<ObjectAddress>

export interface ObjectInfo {
  readonly key: string
  readonly bytes: number
  /** By the clock of the store. */
  readonly lastModified: Date
  /** Null in listings, and if the store keeps no versions. */
  readonly versionId: string | null
}

/**
 * A staged object as plain JSON: with it, another process can commit or abort the object. Journals keep tokens in this shape. Only
 * the store that issued a token reads its handle.
 */
export interface StageToken {
  /** Names the kind of store that issued it: `s3`, `directory`. `Store.hasIssued` compares it. */
  readonly kind: string
  readonly bucket: string
  readonly key: string
  /** The id of the run that staged the object. */
  readonly owner: string
  /** By this the store finds the object: the name of the temporary file, the id of the multipart upload. */
  readonly handle: string
}

/** How the store encrypts an object at rest. If `keyId` is null, S3 uses the key of the account. */
export type Encryption =
  | { readonly kind: 'SSE_S3' }
  | { readonly kind: 'SSE_KMS'; readonly keyId: string | null }

export interface StageOptions {
  /** @default - what the bucket does by itself */
  readonly encryption?: Encryption
}

/**
 * The states of a staged object:
 *
 *     staged ──commit──▶ committed        (the object under its key is the staged one)
 *        └────abort────▶ gone             (also if another object replaced it after the commit, or if it was deleted)
 */
export type StageState = 'staged' | 'committed' | 'gone'

/** The abilities of a store. Callers ask for a capability, never for the kind of a store. */
export interface StoreCapabilities {
  /** Whether other machines see the same objects. If not, no ECS task can use the store. */
  readonly isShared: boolean
  /**
   * Whether the store keeps the owner of a staged object, so that `listStaged` returns only objects of one owner. If not, a
   * runner records each token before it writes the first byte, and reap aborts no object that may be another run's.
   */
  readonly keepsOwner: boolean
  /**
   * Whether `stage` may succeed and fail to report it, because the answer was lost on the network. Then a caller that has ended
   * all its tokens must still look for staged objects.
   */
  readonly losesAnswers: boolean
  /** The encryptions that `stage` accepts. */
  readonly encryptions: readonly Encryption['kind'][]
  /** The protocol by which a database server can write objects into the store itself. Null if no server can. */
  readonly serverProtocol: 's3' | null
  /** The folder of this machine that has the objects: doctor looks at its filesystem, a container mounts it. Null if none has. */
  readonly folder: string | null
  /** A staged object, in a sentence for the user: `an upload`. */
  readonly stagedObject: string
}

/**
 * A store of objects. Objects appear whole or not at all, with every method. A listing includes everything that earlier calls
 * wrote.
 *
 * Every method may throw BUCKET_NOT_FOUND, PERMISSION, STORE_FULL, STORE_UNREACHABLE, STORE_FAILED, on S3 also AUTHENTICATION, TLS
 * and CONFIG, and KEY_INVALID for an address that this store cannot have.
 */
export interface Store {
  /** For people: the endpoint, or the directory. */
  readonly name: string
  readonly capabilities: StoreCapabilities
  /** The settings of its buckets, for doctor. Null if buckets have none. */
  readonly bucketSettings: BucketSettings | null

  /**
   * The address of an object, or without a key that of a bucket, as messages, records and statements have it: `s3://bucket/key`.
   * `locate` (schemes.ts) reads it.
   */
  uriOf(place: ObjectOrBucket): string

  /**
   * The size of the buffers that suit `StagedObject.write` best, for objects of up to `maxObjectBytes` bytes. Each write but the last one
   * must fill at least three quarters of its buffer.
   *
   * @param chunksSoFar how many writes the object has had, or more. The size may grow with them @default 0
   */
  chunkBytes(maxObjectBytes: number, chunksSoFar?: number): number

  /**
   * Begins an object that no reader sees before `commit`. The caller must commit or abort it, also if it never finished it.
   *
   * @throws UNSUPPORTED_CLAUSE if the store cannot do what the options ask for
   */
  stage(address: ObjectAddress, owner: string, options?: StageOptions): Promise<StagedObject>
  /** Whether a store of this kind issued the token. The other methods throw KEY_INVALID for a token of another kind. */
  hasIssued(token: StageToken): boolean
  /** Reports the state of a staged object: 'gone' also if its bucket does not exist. */
  inspect(token: StageToken, bytes: number): Promise<StageState>
  /**
   * Makes a finished staged object appear under its key. Any process may repeat it: it does nothing if the object is committed
   * already and has `bytes` bytes.
   *
   * @param mustNotExist throws OUTPUT_EXISTS if another object has the key, instead of replacing it
   * @throws VERIFICATION if the staged object is gone or does not have `bytes` bytes
   */
  commit(token: StageToken, bytes: number, mustNotExist: boolean): Promise<void>
  /**
   * Removes a staged object. It leaves a committed one alone, may be repeated, and does nothing if the bucket does not exist.
   */
  abort(token: StageToken): Promise<void>
  /**
   * Lists what may be staged for keys that begin with `prefix`, by an owner that died before it recorded the tokens. The tokens
   * serve `abort` only. The list is empty if the bucket does not exist.
   *
   * A store that keeps owners lists the objects of `owner`. Another store lists the objects of all owners, as long as they have no
   * byte. So an owner that records a token before its first `write` is safe, and a caller that aborts must know which owners
   * may have just begun.
   */
  listStaged(bucket: string, prefix: string, owner: string): AsyncIterable<StageToken>

  /** Writes a small object if the key is free. Returns false, and writes nothing, if the key exists. */
  create(address: ObjectAddress, bytes: Uint8Array): Promise<boolean>
  /** Writes a small object, and replaces an existing one. */
  put(address: ObjectAddress, bytes: Uint8Array): Promise<void>
  /**
   * As `put`, if the object is still the version that the caller saw. So a runner that was silent for long does not replace what
   * its successor wrote.
   *
   * @param seen a version that an earlier call returned; null replaces any object
   * @returns null, and writes nothing, if the object has another version or does not exist
   */
  putOver(address: ObjectAddress, bytes: Uint8Array, seen: string | null): Promise<WrittenObject | null>
  /** Reads a whole object. Null if it does not exist. */
  read(address: ObjectAddress): Promise<StoredObject | null>
  /**
   * Reads an object from byte `start` on, as a stream: empty if the object ends before, null if there is no such object. All bytes
   * are of one version. The caller must iterate the stream, because the end of the iteration closes it.
   *
   * @param end the stream ends before this byte, which is greater than `start` @default - it ends with the object
   */
  open(address: ObjectAddress, start: number, end?: number): Promise<AsyncIterable<Uint8Array> | null>
  /** Null if the object does not exist. */
  head(address: ObjectAddress): Promise<ObjectInfo | null>
  /**
   * Lists the objects whose keys begin with `prefix`, in ascending order of the keys' bytes. It reads only as far as the caller
   * iterates. With `startAfter`, which need not be a key, it lists only greater keys.
   */
  list(bucket: string, prefix: string, startAfter?: string): AsyncIterable<ObjectInfo>
  /** Deletes an object. It succeeds if there is none. */
  delete(address: ObjectAddress): Promise<void>

  /**
   * Removes leftovers of processes that were killed during `create` or `put`, if the store has any. It keeps those of the last
   * minute, because their process may still run.
   */
  tidy(bucket: string): Promise<void>

  /** The time by the clock that dates the bucket's objects (`lastModified`). */
  now(bucket: string): Promise<Date>
}

/** How a bucket encrypts objects that are written without ENCRYPTION. */
export interface BucketEncryption {
  /** S3's word: `AES256`, `aws:kms`, `aws:kms:dsse`. */
  readonly algorithm: string
  /** Null if the bucket names no KMS key. */
  readonly keyId: string | null
}

/** The settings of buckets. Every method throws PERMISSION if the caller may not read the setting. */
export interface BucketSettings {
  regionOf(bucket: string): Promise<string>
  /** Null if the bucket sets none. */
  encryptionOf(bucket: string): Promise<BucketEncryption | null>
  /** After how many days the bucket aborts staged objects that are not committed. Null for never. */
  abortsUploadsAfterDays(bucket: string): Promise<number | null>
}

export interface WrittenObject {
  /** Null if the store cannot compare versions, as a directory: then the writer must look before it writes. */
  readonly version: string | null
}

export interface StoredObject {
  readonly bytes: Uint8Array
  readonly info: ObjectInfo
}

/** An object being staged. */
export interface StagedObject {
  readonly token: StageToken
  /**
   * Appends. The promise resolves when the caller may reuse the memory. Several calls may be under way: the object has the bytes
   * in the order of the calls. After a rejection the object can only be aborted.
   */
  write(bytes: Uint8Array): Promise<void>
  /** Resolves when the store has all bytes, so that `commit` needs no more. */
  finish(): Promise<void>
}
