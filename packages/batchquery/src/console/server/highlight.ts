import { BatchQueryError } from '../../errors/index.ts'
import { type Dialect, Lexer, type Token as SqlToken } from '../../sql/index.ts'
import type { Token } from '../documents.ts'

/** The words that a page shows as keywords. A name that equals one looks like one too, so RANGE, a common function, is none. */
const KEYWORDS = new Set(
  `ALL ALTER ANALYZE AND ANY AS ASC BEGIN BETWEEN BY CALL CASE CAST COLLATE COLUMNS COMMIT COMPRESSION CONSISTENCY COPY CREATE CROSS
  CURRENT DATABASE DECLARE DEFAULT DELETE DELIMITER DESC DISTINCT DROP ELSE ENCLOSED END ESCAPED EXCEPT EXISTS EXPLAIN EXTENSION FALSE
  FETCH FIELDS FILTER FIRST FOLLOWING FOR FORMAT FROM FULL GRANT GROUP HAVING HEADER IF ILIKE IN INCLUDE INNER INSERT INTERSECT
  INTERVAL INTO IS JOIN LAST LATERAL LEFT LIKE LIMIT LINES LOCK MANIFEST MAXFILESIZE NATURAL NOT NULL NULLS OF OFF OFFSET ON OR
  ORDER OUTER OUTFILE OVER OVERWRITE PARALLEL PARTITION PRECEDING RECURSIVE REGEXP REPLACE RETURNING RIGHT ROLLBACK ROW ROWS S3
  SELECT SET SINGLE SQL START STARTING TABLE TEMPORARY TERMINATED THEN TO TRANSACTION TRUE TRUNCATE TYPES UNBOUNDED UNION UPDATE
  USE USING VALUES VERBOSE VIEW WHEN WHERE WINDOW WITH`.split(/\s+/),
)

/** In characters. A token takes far more room in a document than in the text. */
const LONGEST = 256 * 1024

/**
 * Divides a SQL text into tokens for a page. Together they are the text. If the text is long, or cannot be read to its end, the rest is
 * one token.
 *
 * @param values of the parameters, without secrets
 */
export function tokensOf(
  text: string,
  dialect: Dialect,
  values: ReadonlyMap<string, string>,
): readonly Token[] {
  const tokens: Token[] = []
  let end = 0
  try {
    const lexer = new Lexer(text, dialect)
    while (lexer.end < LONGEST && lexer.next()) {
      if (lexer.start > end) tokens.push({ kind: 'space', text: text.slice(end, lexer.start) })
      tokens.push(tokenOf(lexer, lexer.text, values))
      end = lexer.end
    }
  } catch (thrown) {
    if (BatchQueryError.from(thrown).code !== 'SQL_SYNTAX') throw thrown
  }
  const rest = text.slice(end)
  if (rest !== '') tokens.push({ kind: rest.trim() === '' ? 'space' : 'word', text: rest })
  return tokens
}

function tokenOf({ kind }: SqlToken, text: string, values: ReadonlyMap<string, string>): Token {
  switch (kind) {
    case 'word':
      return { kind: KEYWORDS.has(text.toUpperCase()) ? 'keyword' : 'word', text }
    case 'parameter':
      return { kind: 'parameter', text, value: values.get(text.slice(1)) ?? null }
    case 'string':
    case 'number':
    case 'comment':
      return { kind, text }
    case 'executable':
      return { kind: 'comment', text }
    case 'identifier':
    case 'variable':
    case 'placeholder':
      return { kind: 'word', text }
    default:
      return { kind: 'symbol', text }
  }
}
