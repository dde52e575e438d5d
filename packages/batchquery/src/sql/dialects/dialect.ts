import type { LexicalRules, StringRules } from '../lexical-rules.ts'
import type { CodeToken, TokenKind } from '../token.ts'

/**
 * The words of a dialect: everything about its SQL that batchquery must know before a server runs it. It is data and pure functions.
 * The lexer, the splitter and the parameters ask it; it never lexes by itself, because they hand it the tokens.
 */
export interface SqlDialect {
  readonly lexical: LexicalRules
  readonly strings: StringWords
  readonly literals: LiteralWords
  /** The first words of a statement that returns rows and changes nothing by itself, in upper case. */
  readonly queryKeywords: ReadonlySet<string>
  /** A name without quotes is read in lower case. */
  readonly foldsNames: boolean
  /** The client of the dialect has a DELIMITER command. */
  readonly hasDelimiterCommand: boolean
  /** The dialect has `SET STATEMENT name = value FOR statement`: https://mariadb.com/kb/en/set-statement/ */
  readonly hasSetStatementFor: boolean
  /** A server itself has `INTO OUTFILE 'file'` with clauses. In those of an export, strings are then those of the session. */
  readonly hasIntoOutfile: boolean
  /** Some server of the dialect knows INTO OUTFILE S3 itself, so the body of a routine may have it until the server is known. */
  readonly routinesMayExport: boolean
  /** Follows one statement. Null if a `;` always ends a statement. */
  readonly trackBlocks: (() => BlockTracker) | null
  /** Follows one statement. Null if the dialect has no bodies in other languages, or if `dollarQuotes` covers them. */
  readonly trackForeignBody: (() => ForeignBodyTracker) | null
  /**
   * A hint for a statement that a server refused, if it was probably meant to be an export; otherwise null.
   *
   * @param message the server's
   * @param writesFile whether the statement has INTO OUTFILE or INTO DUMPFILE
   */
  readonly exportHint: (message: string, writesFile: () => boolean) => string | null
  /** Null if the dialect has no users. */
  readonly grants: GrantWords | null
}

/** How a dialect reads strings. */
export interface StringWords {
  /** Every way in which a server may read strings. The way of its default settings comes first. */
  readonly possible: readonly StringRules[]
  /** The setting that decides which way a session uses. Null if there is only one way. */
  readonly setting: StringSetting | null
}

export interface StringSetting {
  /** In lower case, as SET has it. */
  readonly name: string
  /** Matches a statement that mentions the setting, or a function that sets any. */
  readonly mention: RegExp
  /** The keyword of a statement that may change the setting and mention it nowhere: a CALL, a prepared statement. */
  readonly hiddenIn: string
  /** Once a task has mentioned the setting, only the session knows it, after every statement. */
  readonly staysOpen: boolean
  /** @param value as the server reports it, or as a SET statement has it: `ANSI_QUOTES,STRICT_TRANS_TABLES`, `on` */
  rulesOf(value: string): StringRules
  /**
   * The likely rules after `SET name = expression`. Null if nothing is known about the expression.
   *
   * @param tokens of the expression, at least two
   */
  rulesOfExpression(tokens: readonly string[], current: StringRules): StringRules | null
  /** For people: the setting of a server that reads strings so. */
  describe(rules: StringRules): string
}

/** How values become literals. A literal has no line break, and no value can end it early. */
export interface LiteralWords {
  text(text: string): string
  /** @param digits hexadecimal, in upper case */
  bytes(digits: string): string
  /** The cast that makes JSON of the literal of a text; empty if it needs none. */
  readonly jsonCast: string
  readonly identifierQuote: string
  /** The most digits that a number keeps whole. */
  readonly mostDigits: number
  /** Text may have the character NUL. */
  readonly takesNul: boolean
}

/** Follows the code tokens of one statement to find out whether a `;` ends it. */
export interface BlockTracker {
  /** A `;` here is inside the statement. */
  readonly isOpen: boolean
  see(token: CodeToken): void
}

/** Follows the code tokens of one statement to find the body of a routine in another language: a text between dollars. */
export interface ForeignBodyTracker {
  /** The next token is the body. */
  readonly isNext: boolean
  see(sql: string, kind: TokenKind, start: number, end: number): void
}

/** The statements that make a user for tasks. */
export interface GrantWords {
  /** The servers that the statements differ for, as `grants --for` names them. */
  readonly servers: readonly string[]
  /** The server that a URL of the dialect means. */
  readonly usual: string
  /** The servers that cannot export to S3 by themselves. */
  readonly withoutExport: readonly string[]
  /** A database has schemas: a request names one, and the statements must run in the database. */
  readonly hasSchemas: boolean
  /** In bytes. A schema may be as long as a database. */
  readonly longest: { readonly user: number; readonly database: number }
  /** @param request with names that `longest` allows */
  statements(request: GrantRequest): GrantStatement[]
}

export interface GrantRequest {
  /** One of `GrantWords.servers`. */
  readonly server: string
  readonly user: string
  /** The database whose tables tasks read. */
  readonly database: string
  /** The schema in it; empty if the dialect has no schemas. */
  readonly schema: string
  /** Also grant the server's own export. On Aurora MySQL it is always granted. */
  readonly native: boolean
}

export interface GrantStatement {
  readonly sql: string
  /** Why it is there, in one line. */
  readonly purpose: string
}
