import { type Dialect, Lexer, type StringRules } from '../sql/index.ts'

/** A query that selects rows of one table, each by itself: `SELECT .. FROM table [[AS] alias] [WHERE ..]`. */
export interface PlainQuery {
  /** The names of the table as the query writes them, with their quotes: schema and table, or only the table. */
  readonly names: readonly string[]
  /** Whether ONLY is before the table. */
  readonly isOnly: boolean
  /** The query for the rows that also meet a condition. It names columns of the table without the table. */
  where(condition: string): string
}

/** After AS, and after IS [NOT] DISTINCT, a FROM begins no clause. */
const BEFORE_OTHER_FROM = new Set(['AS', 'DISTINCT'])
/** Words that end a WHERE clause, or combine the query with another one. */
const AFTER_WHERE = wordSets('GROUP HAVING WINDOW UNION INTERSECT EXCEPT ORDER LIMIT OFFSET FETCH FOR INTO')
/** Words that begin a clause of the whole result. */
const ENDINGS = wordSets('ORDER LIMIT OFFSET FETCH FOR')
/** These words in the place of an alias begin something else. */
const NO_ALIAS = new Set(
  'CROSS FORCE IGNORE INNER JOIN LEFT NATURAL PARTITION RIGHT STRAIGHT_JOIN TABLESAMPLE USE'.split(' '),
)

/** Reads a query as a plain one. Null if it is any other. The server checks the rest, such as aggregates among the values. */
export function readPlainQuery(sql: string, dialect: Dialect, rules: StringRules): PlainQuery | null {
  const cursor = new Cursor(sql, dialect, rules)
  if (!cursor.next() || !cursor.lexer.isKeyword('SELECT')) return null
  if (!moveToFrom(cursor, AFTER_WHERE(dialect))) return null
  const table = readTable(cursor)
  if (table === null) return null
  if (cursor.isAtEnd) return withConditions(table, sql.slice(0, cursor.end), null)
  if (!cursor.lexer.isKeyword('WHERE')) return null
  const start = cursor.lexer.end
  const ends = AFTER_WHERE(dialect)
  while (cursor.next()) if (cursor.depth === 0 && ends.has(cursor.lexer.keyword)) return null
  return withConditions(table, sql.slice(0, start), sql.slice(start, cursor.end))
}

/** The query before the semicolon at its end. It may end in a line comment. */
export function withoutEnd(sql: string, dialect: Dialect, rules: StringRules): string {
  const cursor = new Cursor(sql, dialect, rules)
  while (cursor.next());
  return sql.slice(0, cursor.end)
}

/** The first word after the WHERE of a query that begins another clause, in upper case: `ORDER`. Empty if there is none. */
export function lastClause(sql: string, dialect: Dialect, rules: StringRules): string {
  const cursor = new Cursor(sql, dialect, rules)
  const endings = ENDINGS(dialect)
  let previous = ''
  while (cursor.next()) {
    const { keyword } = cursor.lexer
    if (cursor.depth === 0 && previous !== 'AS' && endings.has(keyword)) return keyword
    previous = keyword
  }
  return ''
}

/** The words, and those that MySQL reserves for the same places: elsewhere these may name a column. */
function wordSets(words: string): (dialect: Dialect) => ReadonlySet<string> {
  const common = new Set(words.split(' '))
  const ofMysql = new Set([...common, 'LOCK', 'PROCEDURE'])
  return dialect => (dialect === 'mysql' ? ofMysql : common)
}

/** The query may end in a line comment, so a line begins after each of its pieces. */
const withConditions = (
  table: Pick<PlainQuery, 'names' | 'isOnly'>,
  before: string,
  own: string | null,
): PlainQuery => ({
  ...table,
  where: condition =>
    own === null ? `${before}\nWHERE ${condition}` : `${before} (${own}\n) AND ${condition}`,
})

/** The tokens of code of one statement, with the depth of the brackets around them. */
class Cursor {
  readonly lexer: Lexer
  depth = 0
  /** The end of the statement's code: before its semicolon, or the end of the text. */
  end: number
  isAtEnd = false

  constructor(sql: string, dialect: Dialect, rules: StringRules) {
    this.lexer = new Lexer(sql, dialect, undefined, rules)
    this.end = sql.length
  }

  /** Moves to the next token; false at the end of the statement. */
  next(): boolean {
    const { lexer } = this
    if (this.isAtEnd || !lexer.nextCode() || lexer.kind === 'delimiter') {
      if (!this.isAtEnd && lexer.kind === 'delimiter') this.end = lexer.start
      this.isAtEnd = true
      return false
    }
    if (lexer.isOperator('(') || lexer.isOperator('[')) this.depth++
    else if (lexer.isOperator(')') || lexer.isOperator(']')) this.depth--
    return true
  }
}

/** Moves to the FROM after the values. False if the query has none, or is DISTINCT. */
function moveToFrom(cursor: Cursor, ends: ReadonlySet<string>): boolean {
  let previous = 'SELECT'
  while (cursor.next()) {
    const { keyword } = cursor.lexer
    if (previous === 'SELECT' && (keyword === 'DISTINCT' || keyword === 'DISTINCTROW')) return false
    if (cursor.depth === 0 && !BEFORE_OTHER_FROM.has(previous)) {
      if (keyword === 'FROM') return true
      if (ends.has(keyword) || keyword === 'WHERE') return false
    }
    previous = keyword
  }
  return false
}

/** Reads the table and its alias, and moves to the token after them. Null if something else is there. */
function readTable(cursor: Cursor): Pick<PlainQuery, 'names' | 'isOnly'> | null {
  const { lexer } = cursor
  const isName = () => lexer.kind === 'identifier' || lexer.kind === 'word'
  if (!cursor.next()) return null
  const isOnly = lexer.isKeyword('ONLY')
  if (isOnly && !cursor.next()) return null
  const names: string[] = []
  for (;;) {
    if (!isName() || lexer.isKeyword('LATERAL') || lexer.isKeyword('ROWS')) return null
    names.push(lexer.text)
    if (!cursor.next() || !lexer.isOperator('.')) break
    if (!cursor.next()) return null
  }
  if (!cursor.isAtEnd && lexer.isOperator('*')) cursor.next()
  if (!cursor.isAtEnd && !lexer.isKeyword('WHERE')) {
    if (lexer.isKeyword('AS')) cursor.next()
    if (cursor.isAtEnd || !isName() || NO_ALIAS.has(lexer.keyword)) return null
    cursor.next()
  }
  return { names, isOnly }
}
