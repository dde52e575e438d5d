import type { StringRules } from './dialect.ts'
import type { Position } from './position.ts'

/** One statement of a file, as it is sent to the database. */
export interface Statement {
  /** With the comments before and in it, without the delimiter. Its end may lie in a line comment. */
  readonly text: string
  /** The position of its first token that is no comment; both count from 1, the column in characters. */
  readonly line: number
  readonly column: number
  /** Where `text` starts in the file: as a position, and as an offset in UTF-16 units. */
  readonly origin: Position
  readonly start: number
  /** How the session reads its strings, as far as the file tells. */
  readonly stringRules: StringRules
  /** Where the file goes on, with the rules that the session is expected to have then. */
  readonly next: ReadingPoint
  /** Only the session can say how it reads strings behind this statement: `SET sql_mode = @old`. */
  readonly leavesRulesOpen: boolean
}

/** A place between two statements of a file, and what decides how the file is read from there on. */
export interface ReadingPoint {
  /** In UTF-16 units. */
  readonly offset: number
  readonly position: Position
  /** What ends a statement: `;`, or what MySQL's DELIMITER command has set. */
  readonly delimiter: string
  readonly stringRules: StringRules
  /** The rules to which `SET ... = DEFAULT` returns, as far as they are known: those at the login. */
  readonly initialRules: StringRules
  /** A statement before has spoken of the setting for strings, or of what sets any: PostgreSQL's functions may set it. */
  readonly isSettingMentioned: boolean
}
