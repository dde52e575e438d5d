/** A piece of a line with the classes of its colors. */
export interface Span {
  readonly text: string
  /** `ansi-1`, `bold`: names of the style sheet. Empty for plain text. */
  readonly classes: string
}

const [ESC, BEL] = [27, 7].map(code => String.fromCharCode(code))
/** Colors and movements of the cursor, titles of windows, character sets, and keypad modes. */
const ESCAPES = new RegExp(
  `${ESC}(?:\\[([0-9;]*)([A-Za-z])|\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)?|[()][A-Z0-9]|[=>])`,
  'g',
)

/**
 * Divides a line into pieces by the colors that its escape sequences choose. All other sequences are left out. Nothing of the line is
 * executed: the pieces are texts.
 */
export function spansOf(line: string): readonly Span[] {
  const spans: Span[] = []
  let [at, color, bold] = [0, '', false]
  const add = (text: string) => {
    if (text !== '')
      spans.push({ text, classes: [color, bold ? 'bold' : ''].filter(name => name !== '').join(' ') })
  }
  for (const match of line.matchAll(ESCAPES)) {
    add(line.slice(at, match.index))
    at = match.index + match[0].length
    if (match[2] !== 'm') continue
    for (const code of (match[1] ?? '').split(';').map(Number)) {
      if (code === 0) [color, bold] = ['', false]
      else if (code === 1) bold = true
      else if (code === 22) bold = false
      else if (code === 39) color = ''
      else if (code >= 30 && code <= 37) color = `ansi-${code - 30}`
      else if (code >= 90 && code <= 97) color = `ansi-${code - 90}`
    }
  }
  add(line.slice(at))
  return spans
}
