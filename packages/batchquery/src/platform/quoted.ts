/** Characters; enough to know an address by. */
const LONGEST = 300

/** A text of others for a message: in quotes, its control characters escaped, cut where it is long. */
export const quoted = (text: string): string =>
  text.length <= LONGEST
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, LONGEST))}... (${text.length} characters)`
