import { findDialect } from '../../database/dialects.ts'
import type { NativeNames } from '../../database/native-export.ts'
import type { ObjectInfo } from '../../store/store.ts'
import type { Destination } from '../destination.ts'
import { listParts } from '../earlier-result.ts'
import { manifestKey, partKey } from '../part-names.ts'

/** The objects that a server's own export may write or replace at a destination. */
export interface ObjectNames extends Pick<NativeNames, 'part' | 'manifest'> {
  /** Lists the parts of this result and of earlier ones. */
  readonly parts: (destination: Destination) => AsyncIterable<ObjectInfo>
}

/** The names of a streamed export, which Aurora MySQL uses too. */
const STREAMED_NAMES: ObjectNames = {
  parts: listParts,
  part: (prefix, at) => partKey(prefix, at, ''),
  manifest: manifestKey,
}

/** How the servers of a dialect, which a record may name, call the objects that they write. */
export function namesOf(dialect: string): ObjectNames {
  const names = findDialect(dialect)?.native?.names ?? null
  return names === null ? STREAMED_NAMES : { ...names, parts: destination => ownParts(names, destination) }
}

async function* ownParts(
  { listed, isPart }: NativeNames,
  { store, bucket, prefix }: Destination,
): AsyncGenerator<ObjectInfo> {
  for await (const info of store.list(bucket, listed(prefix))) if (isPart(prefix, info.key)) yield info
}
