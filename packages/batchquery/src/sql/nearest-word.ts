/**
 * The word that a writer probably meant; null if none is similar. Words of up to three letters have no slips: they are similar to too
 * many.
 *
 * @param written in the case of the words
 */
export const nearestWord = (written: string, words: readonly string[]): string | null => {
  const near = words
    .filter(word => Math.abs(word.length - written.length) <= MOST_SLIPS)
    .map(word => ({ word, distance: editDistance(written, word) }))
    .filter(({ word, distance }) => distance <= mostSlips(Math.min(written.length, word.length)))
    .sort((one, other) => one.distance - other.distance)
  return near[0]?.word ?? null
}

const MOST_SLIPS = 2
const mostSlips = (length: number): number => (length > 5 ? MOST_SLIPS : length > 3 ? 1 : 0)

/** How many letters must be inserted, removed, changed or swapped with the next one. */
const editDistance = (one: string, other: string): number => {
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let line = 1; line <= one.length; line++) {
    const next = [line]
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[line - 1] === other[column - 1]
      const isSwapped = one[line - 1] === other[column - 2] && one[line - 2] === other[column - 1]
      next[column] = Math.min(
        (row[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (row[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = row
    row = next
  }
  return row[other.length] ?? 0
}
