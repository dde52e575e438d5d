import type { ObjectAddress, Store } from './store.ts'

/**
 * Reads an object that should be small, but that any program may have written.
 *
 * @returns null if there is none, 'too large' if it has more than `maxBytes`
 */
export async function readBounded(
  store: Store,
  address: ObjectAddress,
  maxBytes: number,
): Promise<Uint8Array | 'too large' | null> {
  const content = await store.open(address, 0)
  if (content === null) return null
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of content) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > maxBytes) return 'too large'
  }
  return Buffer.concat(chunks)
}

/** Reads `length` bytes of an object from `start` on: fewer if it ends before, none if there is no such object. */
export async function readRange(
  store: Store,
  address: ObjectAddress,
  start: number,
  length: number,
): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0)
  const chunks: Uint8Array[] = []
  for await (const chunk of (await store.open(address, start, start + length)) ?? []) chunks.push(chunk)
  return Buffer.concat(chunks)
}
