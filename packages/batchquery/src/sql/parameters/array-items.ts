/**
 * The items of a JSON array in their own spelling: strings in their quotes, numbers with all their digits.
 *
 * @param given without white space around it
 * @returns null if the text is not an array
 */
export const arrayItems = (given: string): readonly string[] | null => {
  if (!isArray(given)) return null
  const items: string[] = []
  const end = given.length - 1
  let start = 1
  let depth = 0
  for (let offset = 1; offset < end; offset++) {
    const character = given[offset]
    if (character === '"') offset = closingQuote(given, offset)
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth--
    else if (character === ',' && depth === 0) {
      items.push(given.slice(start, offset).trim())
      start = offset + 1
    }
  }
  const last = given.slice(start, end).trim()
  return last === '' ? items : [...items, last]
}

/** @param open the offset of the opening quote of a string that is closed */
const closingQuote = (json: string, open: number): number => {
  let offset = open + 1
  while (json[offset] !== '"') offset += json[offset] === '\\' ? 2 : 1
  return offset
}

const isArray = (text: string): boolean => {
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}
