import { floatOf, type Seen, type SeenColumn, showSeen } from '../seen.ts'

/** A value as the server shows it. */
export interface Expected {
  /** Its own text. */
  readonly text: string
  /** The text, or a form of it that compares more easily: `oracle.ts` has the form of each meaning. */
  readonly meaning: string
}

/** Compares a value that is not NULL. Returns null if it is the same, otherwise how it differs. */
export type Differs = (
  seen: NonNullable<Seen>,
  expected: Expected,
  column: Pick<SeenColumn, 'type' | 'metadata'>,
) => string | null

const LONGEST = 22
export const shorten = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`

/** The found value and the expected value. A floating-point number gets more digits if its shortest digits are those of the expected value. */
export function other(seen: Seen, { text }: Expected): string {
  const shown = showSeen(seen)
  const exact = shown === text && seen?.kind === 'float' ? floatOf(seen.bits).toPrecision(19) : shown
  return `${shorten(exact)} for ${text === '' ? 'an empty text' : shorten(text)}`
}

/** JSON without the space between its tokens. Numbers keep their digits, and objects the order of their names. */
export const jsonTokens = (text: string): string => (text.match(/"(?:[^"\\]|\\.)*"|[^\s"]/gs) ?? []).join('')
