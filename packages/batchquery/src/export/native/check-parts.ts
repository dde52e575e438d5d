import * as v from 'valibot'
import { BatchQueryError } from '../../errors/index.ts'
import type { ExportStatement } from '../../sql/index.ts'
import { readBounded } from '../../store/read-bounded.ts'
import type { ObjectInfo } from '../../store/store.ts'
import { type Destination, manifestKey, partKey, uriOf } from '../destination.ts'
import type { NativeResult } from './journal.ts'

/** A part takes some hundred bytes in a manifest, and there are at most 100,000. */
const MOST_MANIFEST_BYTES = 64 * 1024 * 1024

/**
 * Whether what stands there can be the whole result: parts numbered from 0 without a gap, none where rows are said to
 * be missing, and a manifest that names just these.
 *
 * @param written what the statement brought
 * @param rows as the server counted them
 * @throws VERIFICATION
 */
export async function checkParts(
  written: readonly ObjectInfo[],
  rows: number,
  { manifest }: ExportStatement,
  destination: Destination,
): Promise<NativeResult> {
  const { prefix, uri } = destination
  const key = manifestKey(prefix)
  const parts = written.filter(part => part.key !== key)
  for (const [at, part] of parts.entries())
    if (part.key !== partKey(prefix, at, ''))
      throw wrong(`${uri}: part ${at} is missing, and ${part.key} is there`)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (rows > 0 && bytes === 0)
    throw wrong(`${uri}: the server exported ${rows} rows, and nothing stands there`)
  const uris = parts.map(part => uriOf(destination, part.key))
  if (manifest)
    await checkManifest(
      uris,
      written.some(part => part.key === key),
      destination,
    )
  return {
    uri,
    rows,
    bytes,
    parts: parts.map((part, at) => ({ uri: uris[at] ?? '', bytes: part.bytes })),
    manifest: manifest ? uriOf(destination, key) : null,
  }
}

const manifestSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ entries: v.array(v.object({ url: v.string() })) }),
)

async function checkManifest(
  uris: readonly string[],
  isThere: boolean,
  { store, bucket, prefix, uri }: Destination,
): Promise<void> {
  const key = manifestKey(prefix)
  if (!isThere) throw wrong(`${uri}: the server wrote no manifest`)
  const bytes = await readBounded(store, { bucket, key }, MOST_MANIFEST_BYTES)
  const read = v.safeParse(
    manifestSchema,
    bytes === null || bytes === 'too large' ? '' : Buffer.from(bytes).toString(),
  )
  const named = read.success ? read.output.entries.map(({ url }) => withoutRegion(url)) : []
  const isSame = named.length === uris.length && uris.every((part, at) => named[at] === withoutRegion(part))
  if (!isSame) throw wrong(`${uri}: the manifest does not name the parts that stand there`)
}

/** Aurora writes the region into the URLs of a manifest, whether the statement had one or not. */
const withoutRegion = (uri: string): string => uri.replace(/^s3-[a-z0-9-]+:/, 's3:')

const wrong = (message: string): BatchQueryError =>
  new BatchQueryError('VERIFICATION', message, {
    hint: 'Something else may write to this destination. Look at the server log, then run again.',
  })
