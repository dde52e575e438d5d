import type { BatchQueryError } from '../errors/index.ts'
import { type Dialect, wordsOf } from './dialects/index.ts'
import { Lexer } from './lexer.ts'
import { decodeLiteral } from './mysql-literal.ts'
import { nearestWord } from './nearest-word.ts'
import { type Position, positionAt } from './position.ts'
import type { Statement } from './statement.ts'
import { excerpt, syntaxError } from './syntax-error.ts'

/** A word of a statement, and the offset at which it starts. */
interface Word {
  readonly keyword: string
  readonly start: number
}

/** As many words before a string may be meant to be INTO OUTFILE S3. */
const MOST_WORDS = 4
const FORMS = ['OUTFILES3', 'S3OUTFILE']
/** An introducer, which substitution writes before a parameter's value too. */
const INTRODUCER = /^_[A-Z0-9]+$/
const ADDRESS = /^(?:s3(?:-[a-z0-9-]+)?|file):/i

/**
 * Refuses a query that was probably meant to be an export: it has words before a string that no server knows, and that are similar to
 * INTO OUTFILE S3. It takes an INTO OUTFILE that a server may know.
 *
 * @throws BatchQueryError SQL_SYNTAX
 */
export const refuseMisspelt = (statement: Statement, dialect: Dialect): void => {
  const { text, origin, stringRules } = statement
  if (!/into|outfile|\bs3/i.test(text)) return
  const lexer = new Lexer(text, dialect, origin, stringRules)
  let words: Word[] = []
  while (lexer.nextCode()) {
    const { keyword, start } = lexer
    if (keyword === '') {
      const isDestination = lexer.kind === 'string' || lexer.kind === 'parameter'
      const index = isDestination
        ? firstMisspelt(
            words.map(word => word.keyword),
            lexer,
            dialect,
          )
        : -1
      if (index >= 0) throw misspelt(words.slice(index), offset => positionAt(text, offset, origin))
      words = []
    } else if (!INTRODUCER.test(keyword)) words = [...words, { keyword, start }].slice(-MOST_WORDS)
  }
}

const misspelt = (words: readonly Word[], positionOf: (offset: number) => Position): BatchQueryError =>
  syntaxError(
    positionOf(words[0]?.start ?? 0),
    'INTO OUTFILE S3 before a destination',
    excerpt(words.map(({ keyword }) => keyword).join(' ')),
    "Did you mean INTO OUTFILE S3? Write INTO OUTFILE S3 's3://bucket/prefix' and its clauses at the end of the query.",
  )

/** The index of the first of the words that were meant to be INTO OUTFILE S3; -1 if there is none. */
const firstMisspelt = (words: readonly string[], destination: Lexer, dialect: Dialect): number => {
  const into = words.lastIndexOf('INTO')
  const after = words.slice(into + 1)
  if (into >= 0 && after.length <= 1 && isPlain(after[0] ?? '')) {
    const isAddress = ADDRESS.test(textOf(destination))
    return isAddress || !wordsOf(dialect).hasIntoOutfile ? into : -1
  }
  if (into >= 0 && isNear(after)) return into
  // INTO is misspelled, or missing
  const outfile = words.at(-2) ?? ''
  return words.at(-1) === 'S3' && isNear([outfile, 'S3']) ? words.length - 2 : -1
}

/** Words that a server may know by itself, and INTO with a mere string. */
const isPlain = (word: string): boolean => ['', 'OUTFILE', 'DUMPFILE'].includes(word)

const isNear = (words: readonly string[]): boolean => {
  const [first = ''] = words
  if (words.at(-1) === 'S3' && words.length > 1)
    return /FILE|OUT/.test(first) || nearestWord(first, ['OUTFILE']) !== null
  return words.join('') === 'S3' || nearestWord(words.join(''), [...FORMS, 'OUTFILE']) !== null
}

const textOf = (literal: Lexer): string => {
  const bytes = decodeLiteral(literal.text, literal.backslashEscapes)
  return bytes === null ? '' : Buffer.from(bytes).toString()
}
