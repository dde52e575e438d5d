import type { CharacterLength } from './character-length.ts'
import { DOUBLED, ESCAPED_BYTES, type EscapeRule, PLAIN } from './escape-rule.ts'
import type { Escape } from './row-form.ts'

/** Escapes character by character: a byte inside a character of several bytes is not a separator. */
export const characterEscape =
  (rule: EscapeRule, lengthAt: CharacterLength): Escape =>
  (source, start, end, out, at) => {
    const { marks, escapedBy, written = ESCAPED_BYTES } = rule
    let from = start
    while (from < end) {
      const next = from + lengthAt(source, from, end)
      const byte = source[from]
      if (next > from + 1 || marks[byte] === PLAIN) {
        while (from < next) out[at++] = source[from++]
        continue
      }
      out[at++] = marks[byte] === DOUBLED ? byte : escapedBy
      out[at++] = written[byte]
      from = next
    }
    return at
  }
