import type { StringRules } from './lexical-rules.ts'
import type { Position } from './position.ts'

/** One statement of a file, as it is sent to the database. */
export interface Statement {
  /** With the comments before and in it, without the delimiter. It may end in a line comment. */
  readonly text: string
  /** The position of its first token that is not a comment; both count from 1, the column in characters. */
  readonly line: number
  readonly column: number
  /** The start of `text` in the file: as a position, and as an offset in UTF-16 units. */
  readonly origin: Position
  readonly start: number
  /** How the session reads its strings, as far as the file says. */
  readonly stringRules: StringRules
  /** The point at which the file goes on, with the rules that the session is expected to have then. */
  readonly next: ReadingPoint
  /** Only the session knows how it reads strings after this statement: `SET sql_mode = @old`. */
  readonly leavesRulesOpen: boolean
}

/** A place between two statements of a file, and everything that decides how the file is read from there on. */
export interface ReadingPoint {
  /** In UTF-16 units. */
  readonly offset: number
  readonly position: Position
  /** The end of a statement: `;`, or the argument of MySQL's DELIMITER command. */
  readonly delimiter: string
  readonly stringRules: StringRules
  /** The rules to which `SET ... = DEFAULT` probably returns: those at the login. */
  readonly initialRules: StringRules
  /** An earlier statement mentioned the setting for strings, or a function that sets any. */
  readonly isSettingMentioned: boolean
}
