/**
 * The position of an error, for the end of its message: ` at line 3, column 5`. Empty if the position is outside the
 * text.
 *
 * @param position of a character (code point) of `sql`, from 1, as the server counts
 */
export function linePosition(sql: string, position: number): string {
  if (position < 1) return ''
  let line = 1
  let column = 1
  let at = 1
  for (const character of sql) {
    if (at++ === position) return ` at line ${line}, column ${column}`
    column++
    if (character === '\n') {
      line++
      column = 1
    }
  }
  // An error at the end of the input is one character past it.
  return at === position ? ` at line ${line}, column ${column}` : ''
}
