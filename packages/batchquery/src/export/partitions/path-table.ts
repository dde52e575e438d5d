import { grown } from './key-table.ts'

const FIRST_PATHS = 64
/** In the entry of a whole path. */
const WHOLE = 0

/** A path, or the beginning of one, of a partition that was added before. */
export interface EqualPath {
  readonly partition: number
  readonly path: string
}

/**
 * Finds paths that are equal, or that a case-insensitive disk takes for equal, without keeping them: it has their hashes, and asks for the path
 * of a partition.
 */
export class PathTable {
  readonly #pathOf: (partition: number) => string
  readonly #foldsCase: boolean
  #count = 0
  #hashes = new Int32Array(FIRST_PATHS)
  #partitions = new Int32Array(FIRST_PATHS)
  /** How many components a beginning has, or WHOLE. */
  #components = new Uint8Array(FIRST_PATHS)
  #slots = new Int32Array(4 * FIRST_PATHS)

  constructor(pathOf: (partition: number) => string, foldsCase: boolean) {
    this.#pathOf = pathOf
    this.#foldsCase = foldsCase
  }

  /** Finds an equal path. On a disk that ignores the case, it also finds the beginning of a path that is equal but for the case. */
  find(path: string): EqualPath | null {
    const whole = this.#find(path, WHOLE)
    if (whole !== null || !this.#foldsCase) return whole
    for (const [at, beginning] of beginnings(path)) {
      const other = this.#find(beginning, at)
      if (other !== null && other.path !== beginning) return other
    }
    return null
  }

  /** Adds the path of a partition for which `find` found none. */
  add(path: string, partition: number): void {
    this.#add(path, WHOLE, partition)
    if (!this.#foldsCase) return
    for (const [at, beginning] of beginnings(path))
      if (this.#find(beginning, at) === null) this.#add(beginning, at, partition)
  }

  #find(path: string, components: number): EqualPath | null {
    const folded = this.#fold(path)
    const hash = hashOf(folded)
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] - 1
      if (this.#hashes[entry] !== hash || this.#components[entry] !== components) continue
      const partition = this.#partitions[entry]
      const whole = this.#pathOf(partition)
      const other = components === WHOLE ? whole : whole.split('/').slice(0, components).join('/')
      if (this.#fold(other) === folded) return { partition, path: other }
    }
    return null
  }

  #add(path: string, components: number, partition: number): void {
    const entry = this.#count++
    if (entry === this.#hashes.length) this.#grow()
    this.#hashes[entry] = hashOf(this.#fold(path))
    this.#components[entry] = components
    this.#partitions[entry] = partition
    this.#insert(entry)
  }

  #insert(entry: number): void {
    const mask = this.#slots.length - 1
    let slot = this.#hashes[entry] & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = entry + 1
  }

  #grow(): void {
    const most = 2 * this.#hashes.length
    this.#hashes = grown(this.#hashes, new Int32Array(most))
    this.#partitions = grown(this.#partitions, new Int32Array(most))
    this.#components = grown(this.#components, new Uint8Array(most))
    this.#slots = new Int32Array(2 * this.#slots.length)
    for (let entry = 0; entry < this.#count - 1; entry++) this.#insert(entry)
  }

  #fold(path: string): string {
    return this.#foldsCase ? path.normalize('NFC').toLowerCase().normalize('NFC') : path
  }
}

/** The beginnings of a path that are shorter than it, with their counts of components. */
function* beginnings(path: string): Generator<readonly [number, string]> {
  const parts = path.split('/')
  for (let at = 1; at < parts.length; at++) yield [at, parts.slice(0, at).join('/')]
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5 | 0
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}
