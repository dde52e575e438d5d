/**
 * A piece of the log of one attempt. Positions count bytes of the log as it is stored. A piece ends with a line, unless the line is
 * longer than the piece. It begins with a line if it follows such a piece, if the request had `seek`, and if it had no `from`.
 */
export interface LogDocument {
  /** The attempts that have a log. */
  readonly attempts: readonly number[]
  /** The attempt of this piece; 0 if there is no log yet. */
  readonly attempt: number
  /** The position of the first byte of the text. */
  readonly from: number
  /** The position after its last byte. */
  readonly to: number
  /** How many bytes the log has now. */
  readonly bytes: number
  readonly text: string
  /** If it differs from that of an earlier piece, the positions have changed, because the runner removed the middle of a long log. */
  readonly layout: string
  /** Whether the log grows no more. */
  readonly isComplete: boolean
  readonly command: string
}

export interface LogMatchesDocument {
  /** In order, at most 500. */
  readonly matches: readonly LogMatch[]
  /** Continue from this position; null at the end of the log. */
  readonly next: number | null
  readonly layout: string
}

export interface LogMatch {
  /** The position of the line. */
  readonly from: number
  /** At most 500 characters. */
  readonly line: string
}
