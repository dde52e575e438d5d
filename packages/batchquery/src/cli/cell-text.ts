const CUT_MARK = '…'
const CONTROL = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu
const ONLY_ASCII = /^[\x20-\x7e]*$/
/** Characters that take two columns of a terminal: https://www.unicode.org/reports/tr11 (W and F). */
const WIDE =
  /[\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u2614\u2615\u26a1\u2705\u274c\u2728\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18aff}\u{1b000}-\u{1b2ff}\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u
/** Marks on the character before them, and invisible characters. */
const WITHOUT_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u

/**
 * Returns a value as a cell of one line. Characters that move the cursor or change the direction of the text are escaped as in a
 * string literal.
 *
 * @param widest in columns of the terminal; a longer text is cut
 * @param isCut whether the text is the beginning of a longer one
 */
export function cellText(text: string, widest: number, isCut: boolean): string {
  const shown = text.replace(CONTROL, escaped)
  if (!isCut && displayWidth(shown) <= widest) return shown
  let kept = ''
  let width = displayWidth(CUT_MARK)
  for (const character of shown) {
    width += displayWidth(character)
    if (width > widest) break
    kept += character
  }
  return kept + CUT_MARK
}

function escaped(character: string): string {
  const literal = JSON.stringify(character).slice(1, -1)
  return literal.length > 1 ? literal : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The number of terminal columns that a text needs. */
export function displayWidth(text: string): number {
  if (ONLY_ASCII.test(text)) return text.length
  let width = 0
  for (const character of text) {
    if (WIDE.test(character)) width += 2
    else if (!WITHOUT_WIDTH.test(character)) width++
  }
  return width
}
