/** An object's address: `s3://bucket/key`. */
export interface ObjectAddress {
  readonly bucket: string
  /** 1 to 1,024 bytes of UTF-8, without a leading slash. */
  readonly key: string
}

export interface ObjectInfo {
  readonly key: string
  readonly bytes: number
  /** By the store's clock. */
  readonly lastModified: Date
  /** Null where the store keeps no versions, and in listings. */
  readonly versionId: string | null
}

/**
 * A staged object, as plain JSON: enough for another process to commit or to abort it. `kind` names the store
 * that made it; nobody else looks inside.
 */
export interface StageToken {
  readonly kind: 'directory' | 's3'
  readonly bucket: string
  readonly key: string
  /** Who staged it: the run id. */
  readonly owner: string
  /** The store's own handle: the name of the temporary file, the id of the multipart upload. */
  readonly handle: string
}

/** How the store encrypts an object at rest. `keyId` null is the account's own key for S3. */
export type Encryption =
  | { readonly kind: 'SSE_S3' }
  | { readonly kind: 'SSE_KMS'; readonly keyId: string | null }

export interface StageOptions {
  /** @default - what the bucket does by itself */
  readonly encryption?: Encryption
}

/**
 * Where a staged object stands:
 *
 *     staged ──commit──▶ committed        (the object under its key is ours)
 *        └────abort────▶ gone             (also: somebody replaced or deleted it after the commit)
 */
export type StageState = 'staged' | 'committed' | 'gone'

/**
 * Where `s3://` addresses resolve. Objects appear whole or not at all, under every method. A listing shows what
 * the methods before it wrote.
 *
 * Every method may throw BUCKET_NOT_FOUND, PERMISSION, STORE_FULL, STORE_UNREACHABLE, STORE_FAILED, of S3 also
 * AUTHENTICATION, TLS and CONFIG, and KEY_INVALID for an address that this store cannot hold.
 */
export interface Store {
  readonly kind: 'directory' | 's3'
  /** For people: the endpoint, or the directory. */
  readonly name: string

  /** The size of the buffers that `StagedObject.write` likes best, for objects of up to `maxObjectBytes`. */
  chunkBytes(maxObjectBytes: number): number

  /**
   * Begins an object that nobody sees before `commit`. Whoever stages also ends it: by `commit` or by `abort`,
   * which an object that was not finished needs too.
   *
   * @throws UNSUPPORTED_CLAUSE where the store cannot do what the options ask for
   */
  stage(address: ObjectAddress, owner: string, options?: StageOptions): Promise<StagedObject>
  /** Where a staged object stands; 'gone' too where its bucket does not exist. */
  inspect(token: StageToken, bytes: number): Promise<StageState>
  /**
   * Makes a finished staged object appear under its key. Safe to repeat, from any process: where the object is
   * committed already and has `bytes` bytes it does nothing.
   *
   * @param mustNotExist OUTPUT_EXISTS where an object that is not ours has the key; else it is replaced
   * @throws VERIFICATION where the staged bytes are not `bytes` long or gone
   */
  commit(token: StageToken, bytes: number, mustNotExist: boolean): Promise<void>
  /**
   * Removes a staged object and leaves a committed one alone. Safe to repeat, and does nothing where the bucket does not
   * exist.
   */
  abort(token: StageToken): Promise<void>
  /**
   * What may be staged for keys that begin with `prefix` by an owner who died before it could write the tokens down.
   * They are good for `abort` alone. In a bucket that does not exist nothing is staged.
   *
   * A store that keeps the owner, a directory, gives what is the owner's. One that does not, S3, gives what is
   * anybody's, as far as it holds no byte: who writes the token down before the first `write` is safe from that, and
   * whoever aborts has to know of those who have just begun.
   */
  listStaged(bucket: string, prefix: string, owner: string): AsyncIterable<StageToken>

  /** Writes a small object exclusively. False, and nothing written, where the key exists. */
  create(address: ObjectAddress, bytes: Uint8Array): Promise<boolean>
  /** Writes a small object, replacing what is there. */
  put(address: ObjectAddress, bytes: Uint8Array): Promise<void>
  /**
   * As `put`, while what stands there is still the version that was seen: of two who take an object for their own the
   * one that was silent for long does not replace what the other wrote since.
   *
   * @param seen what an earlier call gave; null replaces whatever is there
   * @returns null, and nothing written, where another version stands there, or none
   */
  putOver(address: ObjectAddress, bytes: Uint8Array, seen: string | null): Promise<WrittenObject | null>
  /** Reads a whole object, null where there is none. */
  read(address: ObjectAddress): Promise<StoredObject | null>
  /**
   * Reads from byte `start` on, as it comes; nothing where the object ends before. Null where there is no such
   * object. All bytes are of one version. What is returned must be iterated: that ends what it holds open.
   */
  open(address: ObjectAddress, start: number): Promise<AsyncIterable<Uint8Array> | null>
  head(address: ObjectAddress): Promise<ObjectInfo | null>
  /**
   * Objects whose key begins with `prefix`, by the bytes of their keys in ascending order, read as far as they
   * are asked for. With `startAfter`, which need not be a key, only those whose key comes after it.
   */
  list(bucket: string, prefix: string, startAfter?: string): AsyncIterable<ObjectInfo>
  /** Deletes; also succeeds where there is nothing. */
  delete(address: ObjectAddress): Promise<void>

  /**
   * Removes what processes left that were killed amid `create` or `put`, where the store has something of it. What is younger than
   * a minute may be another's who lives.
   */
  tidy(bucket: string): Promise<void>

  /** The clock that the `lastModified` of the bucket's objects is told by. */
  now(bucket: string): Promise<Date>
}

export interface WrittenObject {
  /** Null where the store has no such condition, as a directory: whoever writes has to look before. */
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
   * Appends. Settles when the memory may be used again; several calls may be under way, their order is the
   * object's. After a rejection the object can only be aborted.
   */
  write(bytes: Uint8Array): Promise<void>
  /** All is written: settles when the store has everything and `commit` needs no more bytes. */
  finish(): Promise<void>
}
