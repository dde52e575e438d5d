import fc from 'fast-check'

/** One change of a text. Places and lengths are shares of the text, so they fit every text. */
interface Edit {
  readonly kind: 'insert' | 'delete' | 'replace' | 'repeat' | 'truncate' | 'flip' | 'splice'
  readonly at: number
  readonly length: number
  readonly piece: string
  readonly other: string
  readonly unit: number
}

function edited(text: string, { kind, at, length, piece, other, unit }: Edit): string {
  const start = Math.floor(at * (text.length + 1))
  const end = start + Math.ceil(length * (text.length - start))
  const before = text.slice(0, start)
  switch (kind) {
    case 'insert':
      return before + piece + text.slice(start)
    case 'delete':
      return before + text.slice(end)
    case 'replace':
      return before + piece + text.slice(end)
    case 'repeat':
      return before + text.slice(start, end).repeat(1 + (unit % 5)) + text.slice(end)
    case 'truncate':
      return before
    case 'flip':
      return before + String.fromCharCode(unit) + text.slice(start + 1)
    case 'splice':
      return before + other.slice(Math.floor(length * other.length))
  }
}

/** From 0 to 1, uniformly. */
const share = fc.noBias(fc.integer({ min: 0, max: 4096 })).map(part => part / 4096)

const MOST_CHARACTERS = 20_000

/**
 * Texts that are nearly valid, and texts that never were: valid ones with a few changes, pieces of the language in
 * any order, any characters (halves of surrogate pairs among them).
 */
export function hostileText(corpus: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces)
  const edit: fc.Arbitrary<Edit> = fc.record({
    kind: fc.constantFrom('insert', 'delete', 'replace', 'repeat', 'truncate', 'flip', 'splice'),
    at: share,
    length: fc.oneof(fc.constant(0.01), fc.constant(0.05), share),
    piece,
    other: fc.constantFrom(...corpus),
    unit: fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0xffff })),
  })
  const mutated = fc
    .tuple(fc.constantFrom(...corpus), fc.array(edit, { minLength: 1, maxLength: 6, size: 'max' }))
    .map(([text, edits]) => edits.reduce(edited, text).slice(0, MOST_CHARACTERS))
  const soup = fc
    .array(fc.tuple(piece, fc.constantFrom('', '', ' ', '\n')), { maxLength: 40, size: 'max' })
    .map(parts => parts.flat().join(''))
  return fc.oneof(
    { weight: 6, arbitrary: mutated },
    { weight: 3, arbitrary: soup },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
    {
      weight: 1,
      arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50, size: 'max' }).map(codeUnits),
    },
  )
}

const codeUnits = (units: readonly number[]): string => String.fromCharCode(...units)

/** A long text that repeats itself, which may make a reader look at the same characters again and again. */
export interface Pumped {
  readonly head: string
  readonly pump: string
  readonly tail: string
}

export const expanded = ({ head, pump, tail }: Pumped, characters: number): string =>
  head + pump.repeat(Math.ceil(characters / pump.length)) + tail

export function pumpedText(corpus: readonly string[], pieces: readonly string[]): fc.Arbitrary<Pumped> {
  const few = fc.array(fc.constantFrom(...pieces), { maxLength: 3, size: 'max' }).map(parts => parts.join(''))
  const beginning = fc
    .tuple(fc.constantFrom(...corpus), share)
    .map(([text, part]) => text.slice(0, Math.floor(part * text.length)))
  return fc.record({ head: fc.oneof(few, beginning), pump: few.map(text => text || ' '), tail: few })
}
