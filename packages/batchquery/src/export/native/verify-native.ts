import type { NativeResult } from '../../journal/index.ts'
import { type Destination, uriOf } from '../destination.ts'
import { manifestKey } from '../part-names.ts'
import type { Difference } from '../verify.ts'
import { namesOf } from './names.ts'
import { objectsAt } from './objects.ts'

/** Compares the objects at the destination with the ones that a server wrote: each part and its size, no part more, the manifest. */
export async function verifyNative(
  result: NativeResult,
  destination: Destination,
  dialect: string,
): Promise<Difference[]> {
  const names = namesOf(dialect)
  const found = await objectsAt(destination, names)
  const manifest = manifestKey(destination.prefix)
  const sizes = new Map([...found.values()].map(({ key, bytes }) => [uriOf(destination, key), bytes]))
  const differences: Difference[] = []
  const differs = (uri: string, message: string): void =>
    void differences.push({ uri, message: `${uri} ${message}` })
  for (const { uri, bytes } of result.parts) {
    const size = sizes.get(uri)
    if (size === undefined) differs(uri, 'is missing')
    else if (size !== bytes) differs(uri, `has ${size} bytes, but the run published ${bytes}`)
  }
  const ours = new Set(result.parts.map(({ uri }) => uri))
  const manifestUri = uriOf(destination, manifest)
  for (const uri of sizes.keys())
    if (!ours.has(uri) && uri !== manifestUri) differs(uri, 'is an extra part that the run did not publish')
  if (result.manifest !== null && !found.has(manifest)) differs(manifestUri, 'is missing')
  return differences
}
