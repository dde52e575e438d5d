/** Whether the text between two offsets is this word. Words of SQL ignore the case of ASCII letters only. */
export const isWordAt = (sql: string, start: number, end: number, upperCase: string): boolean => {
  if (end - start !== upperCase.length) return false
  for (let index = 0; index < upperCase.length; index++) {
    const code = sql.charCodeAt(start + index)
    const upper = code >= 0x61 && code <= 0x7a ? code - 0x20 : code
    if (upper !== upperCase.charCodeAt(index)) return false
  }
  return true
}

const LOWER_CASE = /[a-z]+/g

/** Upper case of ASCII letters only: `toUpperCase` would turn `ı` and `ſ` into the I and S of a keyword. */
export const upperCaseAscii = (word: string): string =>
  word.replace(LOWER_CASE, letters => letters.toUpperCase())

const UPPER_CASE = /[A-Z]+/g

export const lowerCaseAscii = (word: string): string =>
  word.replace(UPPER_CASE, letters => letters.toLowerCase())

export const wordSet = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/**
 * Words before an expression. After any other word, a colon or a bracket that touches it belongs to that word: `label:`, `a[1]`.
 */
const BEFORE_EXPRESSION = wordSet(
  'ALL AND ANY ARRAY AS BETWEEN BY CALL CASE DISTINCT DIV ELSE EXECUTE FROM HAVING ILIKE IN INTERVAL INTO IS ' +
    'LIKE LIMIT MOD NOT OFFSET ON OR REGEXP RETURN RETURNING RLIKE SELECT SET SOME THEN TO USING VALUES WHEN ' +
    'WHERE XOR',
)

/** Words behind CREATE that name an object with a body, which runs later. */
export const ROUTINES = wordSet('EVENT FUNCTION PROCEDURE TRIGGER')
/** Words behind CREATE that name an object without a body. */
export const OTHER_OBJECTS = wordSet(
  'DATABASE INDEX LOGFILE RESOURCE ROLE SCHEMA SEQUENCE SERVER TABLE TABLESPACE USER VIEW',
)

export const precedesExpression = (word: string): boolean => BEFORE_EXPRESSION.has(upperCaseAscii(word))
