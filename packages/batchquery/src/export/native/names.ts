import { findDialect } from '../../database/dialects.ts'
import type { NativeNames } from '../../database/native-export.ts'
import { isPartKey, manifestKey, partKey, partsPrefix } from '../part-names.ts'

/** The names of a streamed export, which Aurora MySQL uses too. */
const STREAMED_NAMES: NativeNames = {
  listed: partsPrefix,
  isPart: isPartKey,
  part: (prefix, at) => partKey(prefix, at, ''),
  manifest: manifestKey,
}

/** How the servers of a dialect, which a record may name, call the objects that they write. */
export const namesOf = (dialect: string): NativeNames => findDialect(dialect)?.native?.names ?? STREAMED_NAMES
