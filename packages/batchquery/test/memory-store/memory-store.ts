import { randomBytes } from 'node:crypto'
import { BatchQueryError } from '../../src/errors/index.ts'
import { bucketFault, keyFault } from '../../src/store/key.ts'
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
} from '../../src/store/store.ts'
import { compareBytes, infoOf, type MemoryObject, type MemoryObjects } from './memory-objects.ts'

const KIND = 'memory'
const CHUNK_BYTES = 64 * 1024

/** A store in the memory of this process. */
export class MemoryStore implements Store {
  readonly name: string
  readonly bucketSettings = null
  readonly capabilities: StoreCapabilities = {
    isShared: false,
    keepsOwner: true,
    losesAnswers: false,
    encryptions: [],
    serverProtocol: null,
    folder: null,
    stagedObject: 'a buffer',
  }
  readonly #objects: MemoryObjects

  constructor(name: string, objects: MemoryObjects) {
    this.name = name
    this.#objects = objects
  }

  uriOf({ bucket, key }: ObjectOrBucket): string {
    return `memory://${bucket}${key === undefined ? '' : `/${key}`}`
  }

  chunkBytes(): number {
    return CHUNK_BYTES
  }

  async stage(address: ObjectAddress, owner: string, options: StageOptions = {}): Promise<StagedObject> {
    check(address)
    if (options.encryption !== undefined)
      throw new BatchQueryError('UNSUPPORTED_CLAUSE', `Memory cannot encrypt ${this.uriOf(address)}.`)
    const { bucket, key } = address
    const token: StageToken = { kind: KIND, bucket, key, owner, handle: randomBytes(8).toString('hex') }
    const chunks: Buffer[] = []
    this.#objects.staged.set(token.handle, { bucket, key, owner, chunks })
    return {
      token,
      write: async bytes => void chunks.push(Buffer.from(bytes)),
      finish: async () => {},
    }
  }

  hasIssued({ kind }: StageToken): boolean {
    return kind === KIND
  }

  async inspect(token: StageToken, bytes: number): Promise<StageState> {
    this.#checkToken(token)
    if (this.#isCommitted(token, bytes)) return 'committed'
    return this.#objects.staged.has(token.handle) ? 'staged' : 'gone'
  }

  async commit(token: StageToken, bytes: number, mustNotExist: boolean): Promise<void> {
    this.#checkToken(token)
    if (this.#isCommitted(token, bytes)) return
    const { bucket, key, handle } = token
    const staged = this.#objects.staged.get(handle)
    const content = Buffer.concat(staged?.chunks ?? [])
    if (staged === undefined || content.length !== bytes)
      throw new BatchQueryError(
        'VERIFICATION',
        `Cannot commit ${this.uriOf(token)}: ${bytes} bytes were written, and ${content.length} bytes are staged.`,
      )
    if (mustNotExist && this.#objects.find(bucket, key) !== null)
      throw new BatchQueryError('OUTPUT_EXISTS', `${this.uriOf(token)} already exists.`)
    this.#objects.write(bucket, key, content, handle)
    this.#objects.staged.delete(handle)
  }

  async abort(token: StageToken): Promise<void> {
    this.#checkToken(token)
    this.#objects.staged.delete(token.handle)
  }

  async *listStaged(bucket: string, prefix: string, owner: string): AsyncGenerator<StageToken> {
    for (const [handle, staged] of [...this.#objects.staged])
      if (staged.bucket === bucket && staged.owner === owner && staged.key.startsWith(prefix))
        yield { kind: KIND, bucket, key: staged.key, owner, handle }
  }

  async create(address: ObjectAddress, bytes: Uint8Array): Promise<boolean> {
    if (this.#find(address) !== null) return false
    this.#write(address, bytes)
    return true
  }

  async put(address: ObjectAddress, bytes: Uint8Array): Promise<void> {
    check(address)
    this.#write(address, bytes)
  }

  async putOver(
    address: ObjectAddress,
    bytes: Uint8Array,
    seen: string | null,
  ): Promise<WrittenObject | null> {
    const found = this.#find(address)
    if (seen !== null && found?.version !== seen) return null
    return { version: this.#write(address, bytes).version }
  }

  async read(address: ObjectAddress): Promise<StoredObject | null> {
    const found = this.#find(address)
    return found && { bytes: Buffer.from(found.bytes), info: infoOf(address.key, found) }
  }

  async open(address: ObjectAddress, start: number, end?: number): Promise<AsyncIterable<Uint8Array> | null> {
    const found = this.#find(address)
    return found && chunksOf(found.bytes.subarray(0, end), start)
  }

  async head(address: ObjectAddress): Promise<ObjectInfo | null> {
    const found = this.#find(address)
    return found && infoOf(address.key, found)
  }

  async *list(bucket: string, prefix: string, startAfter = ''): AsyncGenerator<ObjectInfo> {
    for (const key of this.#objects.keys(bucket)) {
      const found = this.#objects.find(bucket, key)
      if (found !== null && key.startsWith(prefix) && compareBytes(key, startAfter) > 0)
        yield infoOf(key, found)
    }
  }

  async delete(address: ObjectAddress): Promise<void> {
    check(address)
    this.#objects.delete(address.bucket, address.key)
  }

  async tidy(): Promise<void> {}

  async now(): Promise<Date> {
    return this.#objects.now
  }

  #find(address: ObjectAddress): MemoryObject | null {
    check(address)
    return this.#objects.find(address.bucket, address.key)
  }

  #write({ bucket, key }: ObjectAddress, bytes: Uint8Array): MemoryObject {
    return this.#objects.write(bucket, key, Buffer.from(bytes), null)
  }

  #isCommitted({ bucket, key, handle }: StageToken, bytes: number): boolean {
    const found = this.#objects.find(bucket, key)
    return found?.handle === handle && found.bytes.length === bytes
  }

  #checkToken(token: StageToken): void {
    check(token)
    if (!this.hasIssued(token))
      throw new BatchQueryError('KEY_INVALID', `A token of ${token.kind} is not one of a store in memory.`)
  }
}

function check({ bucket, key }: ObjectAddress): void {
  const fault = bucketFault(bucket) ?? keyFault(key)
  if (fault !== null)
    throw new BatchQueryError(
      'KEY_INVALID',
      `Memory has no place for the key ${JSON.stringify(key)}: ${fault}.`,
    )
}

async function* chunksOf(bytes: Buffer, start: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}
