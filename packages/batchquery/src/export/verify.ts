import { BatchQueryError } from '../errors/index.ts'
import type { StagedExport, StagedPart } from '../journal/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import { type Destination, earlierResult, uriOf } from './destination.ts'
import { agrees, mostManifestBytes } from './manifest.ts'
import { manifestKey } from './part-names.ts'
import { readPart } from './read-part.ts'

/** A difference between a destination and the result that was published there. */
export interface Difference {
  readonly uri: string
  /** A sentence that describes it. */
  readonly message: string
}

export type ReadingProgress = (rows: number, bytes: number, parts: number) => void

/**
 * Reads a published result and compares it with its record: every part exists with its size and SHA-256, there is no other
 * part, and the manifest agrees, if there is one. An equal SHA-256 means equal rows.
 *
 * @throws the store's errors
 */
export async function* verifyExport(
  published: StagedExport,
  destination: Destination,
  progress: ReadingProgress,
): AsyncGenerator<Difference> {
  for (const part of published.parts) {
    const message = await partDifference(part, destination, progress)
    if (message !== null) yield { uri: part.uri, message }
  }
  const { parts, manifest } = await earlierResult(destination)
  const ours = new Set(published.parts.map(({ token }) => token.key))
  for (const key of parts.filter(key => !ours.has(key))) {
    const uri = uriOf(destination, key)
    yield { uri, message: `${uri} is a part too many: the run did not publish it` }
  }
  const message = await manifestDifference(published, destination, manifest !== null)
  if (message !== null) yield { uri: uriOf(destination, manifestKey(destination.prefix)), message }
}

async function partDifference(
  part: StagedPart,
  destination: Destination,
  progress: ReadingProgress,
): Promise<string | null> {
  try {
    for await (const chunk of readPart(part, destination)) progress(0, chunk.length, 0)
    progress(part.rows, 0, 1)
    return null
  } catch (thrown) {
    if (thrown instanceof BatchQueryError && thrown.code === 'VERIFICATION') return thrown.message
    throw thrown
  }
}

async function manifestDifference(
  published: StagedExport,
  destination: Destination,
  isThere: boolean,
): Promise<string | null> {
  const { store, bucket, prefix } = destination
  const key = manifestKey(prefix)
  const uri = uriOf(destination, key)
  if (published.manifest === null) return isThere ? `${uri} is a manifest that the run did not publish` : null
  const bytes = await readBounded(store, { bucket, key }, mostManifestBytes(published))
  if (bytes === null) return `${uri} is missing`
  const isAgreed = bytes !== 'too large' && agrees(bytes, published)
  return isAgreed ? null : `${uri} does not name the parts that the run published`
}
