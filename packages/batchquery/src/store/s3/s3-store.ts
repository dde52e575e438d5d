import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import { bucketFault, keyFault } from '../key.ts'
import type {
  BucketEncryption,
  BucketSettings,
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
import { formatS3Uri } from './address.ts'
import { abortsUploadsAfterDays, encryptionOf, regionOf } from './bucket-settings.ts'
import { chunkBytesFor } from './chunks.ts'
import { type ClientSettings, Clients } from './clients.ts'
import { ChunkMemory } from './collected-chunk.ts'
import { abortStaged, commitStaged, inspectStaged } from './commit.ts'
import { listEmptyUploads } from './leftover-uploads.ts'
import { listObjects } from './listing.ts'
import { beginUpload } from './multipart.ts'
import { createObject, deleteObject, findObject, lookAtBucket, putObject, putObjectOver } from './objects.ts'
import { openObject } from './reading.ts'
import { S3Service } from './service.ts'
import { Slots } from './slots.ts'
import { type Sending, StagedUpload } from './staged-upload.ts'
import { isS3Token, parseHandle } from './staging-handle.ts'

export interface S3StoreOptions {
  /** Settings that replace those of the environment and of the shared files. */
  readonly client?: ClientSettings
  /** PEM certificates that are trusted instead of Node's own list. */
  readonly ca?: string
  /** How long a connection may make no progress before it is closed. @default 20_000 */
  readonly stallMs?: number
  /** Keys or chunks in an answer. @default 1_000 */
  readonly pageSize?: number
  /** Takes a line for each request that is repeated. @default - ignores it */
  readonly onRetry?: (text: string) => void
}

const CHUNKS_ON_THEIR_WAY = 4

/**
 * Amazon S3, or another server with its protocol. Credentials, region, profile and endpoint come from the SDK's default chain
 * (https://docs.aws.amazon.com/sdkref/latest/guide/). A custom endpoint gets requests in path style. The store follows a bucket to its
 * region. It loads the SDK with the first request.
 *
 * Every staged object is a multipart upload, even a small or empty one, so that any process can commit it.
 */
export class S3Store implements Store, BucketSettings {
  readonly name: string
  readonly capabilities: StoreCapabilities = {
    isShared: true,
    // S3 shows no metadata of an upload that is open.
    keepsOwner: false,
    losesAnswers: true,
    encryptions: ['SSE_S3', 'SSE_KMS'],
    serverProtocol: 's3',
    folder: null,
    stagedObject: 'an upload',
  }
  readonly bucketSettings = this
  readonly #clients: Clients
  readonly #service: S3Service
  readonly #pageSize: number
  readonly #sending: Sending
  /** The uploads that this process has not finished, by handle: `abort` waits for them. */
  readonly #staged = new Map<string, StagedUpload>()

  constructor(options: S3StoreOptions = {}) {
    const { client = {}, ca, stallMs = 20_000, pageSize = 1_000, onRetry = () => {} } = options
    this.#clients = new Clients({ settings: client, ca, stallMs })
    this.#service = new S3Service(this.#clients, onRetry)
    const slots = new Slots(CHUNKS_ON_THEIR_WAY)
    this.#sending = { service: this.#service, slots, memory: new ChunkMemory() }
    this.#pageSize = pageSize
    this.name = nameOf(client)
  }

  uriOf(place: ObjectOrBucket): string {
    return formatS3Uri(place)
  }

  chunkBytes(maxObjectBytes: number, chunksSoFar = 0): number {
    return chunkBytesFor(maxObjectBytes, chunksSoFar)
  }

  async stage(address: ObjectAddress, owner: string, options: StageOptions = {}): Promise<StagedObject> {
    checkKey(address)
    const token = await beginUpload(this.#service, address, owner, options.encryption)
    const staged = new StagedUpload(token, this.#sending, () => this.#staged.delete(token.handle))
    this.#staged.set(token.handle, staged)
    return staged
  }

  hasIssued(token: StageToken): boolean {
    return isS3Token(token)
  }

  async inspect(token: StageToken, bytes: number): Promise<StageState> {
    checkToken(token)
    return inspectStaged(this.#service, token, bytes)
  }

  async commit(token: StageToken, bytes: number, mustNotExist: boolean): Promise<void> {
    checkToken(token)
    await commitStaged(this.#service, token, bytes, mustNotExist, this.#pageSize)
  }

  async abort(token: StageToken): Promise<void> {
    checkToken(token)
    const staged = this.#staged.get(token.handle)
    staged?.abandon()
    await staged?.close()
    await abortStaged(this.#service, token)
    this.#staged.delete(token.handle)
  }

  listStaged(bucket: string, prefix: string, owner: string): AsyncIterable<StageToken> {
    return listEmptyUploads(this.#service, bucket, prefix, owner, this.#pageSize)
  }

  async create(address: ObjectAddress, bytes: Uint8Array): Promise<boolean> {
    checkKey(address)
    return createObject(this.#service, address, bytes)
  }

  async put(address: ObjectAddress, bytes: Uint8Array): Promise<void> {
    checkKey(address)
    await putObject(this.#service, address, bytes)
  }

  async putOver(
    address: ObjectAddress,
    bytes: Uint8Array,
    seen: string | null,
  ): Promise<WrittenObject | null> {
    checkKey(address)
    return putObjectOver(this.#service, address, bytes, seen)
  }

  async read(address: ObjectAddress): Promise<StoredObject | null> {
    checkKey(address)
    const found = await openObject(this.#service, address, { start: 0 })
    if (found === null) return null
    const chunks: Uint8Array[] = []
    for await (const chunk of found.chunks) chunks.push(chunk)
    return { bytes: Buffer.concat(chunks), info: found.info }
  }

  async open(address: ObjectAddress, start: number, end?: number): Promise<AsyncIterable<Uint8Array> | null> {
    checkKey(address)
    return (await openObject(this.#service, address, { start, end }))?.chunks ?? null
  }

  async head(address: ObjectAddress): Promise<ObjectInfo | null> {
    checkKey(address)
    return (await findObject(this.#service, address))?.info ?? null
  }

  list(bucket: string, prefix: string, startAfter = ''): AsyncIterable<ObjectInfo> {
    checkBucket(bucket)
    return listObjects(this.#service, { bucket, prefix, startAfter, pageSize: this.#pageSize })
  }

  async delete(address: ObjectAddress): Promise<void> {
    checkKey(address)
    await deleteObject(this.#service, address)
  }

  /** @throws PERMISSION without s3:GetBucketLocation */
  async regionOf(bucket: string): Promise<string> {
    checkBucket(bucket)
    return regionOf(this.#service, bucket)
  }

  /** @throws PERMISSION without s3:GetEncryptionConfiguration */
  async encryptionOf(bucket: string): Promise<BucketEncryption | null> {
    checkBucket(bucket)
    return encryptionOf(this.#service, bucket)
  }

  /** @throws PERMISSION without s3:GetLifecycleConfiguration */
  async abortsUploadsAfterDays(bucket: string): Promise<number | null> {
    checkBucket(bucket)
    return abortsUploadsAfterDays(this.#service, bucket)
  }

  /** There are no leftovers: each small write is one request, which S3 does whole or not at all. */
  async tidy(): Promise<void> {}

  async now(bucket: string): Promise<Date> {
    checkBucket(bucket)
    await lookAtBucket(this.#service, bucket)
    const date = this.#clients.latestDate
    if (date !== null) return date
    throw new BatchQueryError('STORE_FAILED', `The answers of ${this.name} have no header Date.`, {
      hint: 'Find the proxy or gateway between this machine and S3 that removes the header Date.',
      retryable: false,
    })
  }
}

function nameOf({ endpoint }: ClientSettings): string {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env
  return typeof endpoint === 'string' ? endpoint : AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL || 'Amazon S3'
}

/** @throws BatchQueryError KEY_INVALID */
function checkBucket(bucket: string): void {
  const fault = bucketFault(bucket)
  if (fault === null) return
  throw new BatchQueryError('KEY_INVALID', `S3 has no bucket ${quoted(bucket)}: ${fault}.`, {
    hint: 'Name one of your buckets with --bucket or s3://BUCKET/KEY.',
  })
}

/** @throws BatchQueryError KEY_INVALID */
function checkKey(address: ObjectAddress): void {
  checkBucket(address.bucket)
  const fault = keyFault(address.key)
  if (fault === null) return
  throw new BatchQueryError('KEY_INVALID', `S3 cannot have the key ${quoted(address.key)}: ${fault}.`, {
    hint: `Choose another key for ${formatS3Uri({ bucket: address.bucket, key: 'KEY' })}.`,
  })
}

/** Tokens come from records, which any program may have written. */
function checkToken(token: StageToken): void {
  checkKey(token)
  parseHandle(token)
}
