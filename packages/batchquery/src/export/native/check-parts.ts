import * as v from 'valibot'
import type { NativeAnswer } from '../../database/native-export.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { NativeResult } from '../../journal/index.ts'
import { readBounded } from '../../store/read-bounded.ts'
import type { ObjectInfo } from '../../store/store.ts'
import { type Destination, uriOf } from '../destination.ts'
import { manifestKey } from '../part-names.ts'
import type { ObjectNames } from './names.ts'

/** A part takes some hundred bytes in a manifest, and there are at most 100,000. */
const MOST_MANIFEST_BYTES = 64 * 1024 * 1024

/** The result that the statement asked for. */
interface Asked {
  readonly destination: Destination
  readonly names: ObjectNames
  readonly hasManifest: boolean
}

/**
 * Checks that the objects can be the whole result: the parts are numbered without a gap, there are as many as the server says, they are as
 * large as it says, they are not empty if it counts rows, and the manifest names exactly them.
 *
 * @param written the objects that the statement added or replaced
 * @throws VERIFICATION
 */
export async function checkParts(
  written: readonly ObjectInfo[],
  { rows, files, bytes: said }: NativeAnswer,
  { destination, names, hasManifest }: Asked,
): Promise<NativeResult> {
  const { prefix, uri } = destination
  const byKey = new Map(written.map(info => [info.key, info]))
  const manifest = names.manifest?.(prefix)
  const count = written.filter(({ key }) => key !== manifest).length
  const parts: NativeResult['parts'][number][] = []
  for (let at = 0; at < count; at++) {
    const key = names.part(prefix, at)
    const part = byKey.get(key)
    if (part === undefined) throw wrong(`${uri}: ${key} is missing, but the server wrote ${count} parts`)
    parts.push({ uri: uriOf(destination, key), bytes: part.bytes })
  }
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (rows > 0 && bytes === 0)
    throw wrong(`${uri}: the server exported ${rows} rows, but the parts have no bytes`)
  if (files !== null && files !== count)
    throw wrong(`${uri}: the server wrote ${files} files, but the destination has ${count}`)
  if (said !== null && said !== bytes)
    throw wrong(`${uri}: the server wrote ${said} bytes, but the destination has ${bytes}`)
  if (!hasManifest || manifest === undefined) return { uri, rows, bytes, parts, manifest: null }
  await checkManifest(
    parts.map(part => part.uri),
    byKey.has(manifest),
    destination,
  )
  return { uri, rows, bytes, parts, manifest: uriOf(destination, manifest) }
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
  if (!isSame) throw wrong(`${uri}: the manifest does not name the parts at the destination`)
}

/** Aurora writes the region into the URLs of a manifest, whether the statement had one or not. */
const withoutRegion = (uri: string): string => uri.replace(/^s3-[a-z0-9-]+:/, 's3:')

const wrong = (message: string): BatchQueryError =>
  new BatchQueryError('VERIFICATION', message, {
    hint: 'Find out whether another program writes to this destination, and look at the server log. Then start a new run: `batchquery rerun RUN`.',
  })
