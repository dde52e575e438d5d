/**
 * The items of a JSON array as they are spelled there: strings in their quotes, numbers with all their digits.
 *
 * @param given without white space around
 * @returns null where the text is no array
 */
export const arrayItems = (given: string): readonly string[] | null => {
  if (!isArray(given)) return null
  const items: string[] = []
  let item = ''
  let depth = 0
  for (const [piece] of given.slice(1, -1).matchAll(PIECE)) {
    if (piece === '[' || piece === '{') depth++
    else if (piece === ']' || piece === '}') depth--
    if (piece === ',' && depth === 0) {
      items.push(item.trim())
      item = ''
    } else item += piece
  }
  const last = item.trim()
  return last === '' ? items : [...items, last]
}

/** A string, a bracket, a comma, or what stands between them. */
const PIECE = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},]|[^"[\]{},]+/gs

const isArray = (text: string): boolean => {
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}
