/** In characters; enough to recognize an address. */
const LONGEST = 300

/** Foreign text for a message: in quotes, with control characters escaped, and cut if it is long. */
export const quoted = (text: string): string =>
  text.length <= LONGEST
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, LONGEST))}... (${text.length} characters)`
