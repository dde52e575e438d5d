/** What is before the values of a row, for `copyAll`. */
export interface LeadWords {
  /** One after the other. Words may be read beyond the end. */
  readonly view: DataView
  /** The lead of column n goes from place n to place n + 1. */
  readonly places: Int32Array
}

/** The most bytes that a copy by words reads beyond its end. */
const WORD_REST = 3

export function leadWords(leads: readonly Uint8Array[]): LeadWords {
  const places = new Int32Array(leads.length + 1)
  for (const [index, { length }] of leads.entries()) places[index + 1] = places[index] + length
  const words = Buffer.concat([...leads, Buffer.alloc(WORD_REST)])
  return { view: new DataView(words.buffer, words.byteOffset, words.length), places }
}
