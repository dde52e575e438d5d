import type { CharacterLength } from './character-length.ts'
import type { ColumnEncoder } from './row-encoder.ts'

/**
 * Walks over the characters that lie far enough from the end to be seen whole.
 *
 * @param lengthAt null where bytes alone tell what to escape: then every byte ends something
 */
export function wholeCharacters(
  lengthAt: CharacterLength | null,
  longest: number,
): ColumnEncoder['wholeCharacters'] {
  if (lengthAt === null) return (_source, _start, end) => end
  return (source, start, end) => {
    let at = start
    while (at + longest <= end) at += lengthAt(source, at, end)
    return at
  }
}
