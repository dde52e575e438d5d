import type { ObjectInfo } from '../../src/store/store.ts'

export interface MemoryObject {
  readonly bytes: Buffer
  readonly lastModified: Date
  readonly version: string
  /** The handle of the token that it was committed with. Null for an object that was written whole. */
  readonly handle: string | null
}

export interface MemoryStaging {
  readonly bucket: string
  readonly key: string
  readonly owner: string
  readonly chunks: Buffer[]
}

/** The objects that all stores of one setting share, as processes share a bucket. */
export class MemoryObjects {
  readonly staged = new Map<string, MemoryStaging>()
  readonly #buckets = new Map<string, Map<string, MemoryObject>>()
  #versions = 0
  #aheadMs = 0

  get now(): Date {
    return new Date(Date.now() + this.#aheadMs)
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.#aheadMs += ms
  }

  find(bucket: string, key: string): MemoryObject | null {
    return this.#bucket(bucket).get(key) ?? null
  }

  write(bucket: string, key: string, bytes: Buffer, handle: string | null): MemoryObject {
    const object = { bytes, lastModified: this.now, version: String(++this.#versions), handle }
    this.#bucket(bucket).set(key, object)
    return object
  }

  delete(bucket: string, key: string): void {
    this.#bucket(bucket).delete(key)
  }

  /** In ascending order of their bytes. */
  keys(bucket: string): string[] {
    return [...this.#bucket(bucket).keys()].sort(compareBytes)
  }

  #bucket(bucket: string): Map<string, MemoryObject> {
    const found = this.#buckets.get(bucket) ?? new Map<string, MemoryObject>()
    this.#buckets.set(bucket, found)
    return found
  }
}

export const compareBytes = (one: string, other: string): number =>
  Buffer.compare(Buffer.from(one), Buffer.from(other))

export const infoOf = (key: string, { bytes, lastModified }: MemoryObject): ObjectInfo => ({
  key,
  bytes: bytes.length,
  lastModified,
  versionId: null,
})
