import type { ObjectAddress, Store } from './store.ts'

/**
 * An object that anybody may have written, and that is small when it is what it should be.
 *
 * @returns null where there is none, 'too large' where it has more than `maxBytes`
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
