import { MAX_KEY_BYTES } from '../../store/key.ts'

/** A file name on most systems has at most 255 bytes. The number of a part and the extensions take the others. */
const MOST_NAME_BYTES = 220
/** The same for the key of an object. */
const MOST_URI_BYTES = MAX_KEY_BYTES - 35

/**
 * The destination of a table below `to`: `<to>/<schema>/<table>`. Null if a store could not have so long a name.
 *
 * @param to as in the statement
 */
export function tableDestination(to: string, schema: string, table: string): string | null {
  const names = [schema, table].map(encodeName)
  if (names.some(name => Buffer.byteLength(name) > MOST_NAME_BYTES)) return null
  const isUrl = /^file:/i.test(to)
  // In a file URL the percent sign begins an escape of its own.
  const path = names.map(name => (isUrl ? name.replaceAll('%', '%25') : name)).join('/')
  const destination = `${to.replace(/\/+$/, '')}/${path}`
  return Buffer.byteLength(destination) > MOST_URI_BYTES ? null : destination
}

/** Letters and digits of any language stay, so names remain readable. A dot at the start would hide the file or leave the folder. */
const encodeName = (name: string): string =>
  name.replace(/^\.|[^\p{L}\p{M}\p{N}_.-]/gu, character =>
    [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
