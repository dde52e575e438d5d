import { BatchQueryError } from '../../errors/index.ts'

/** The type of a message and its length, which counts itself: 4 bytes. */
export const HEADER_BYTES = 5
/** The type of the message that has a row in the answer to COPY: CopyData. */
export const COPY_ROW = 'd'.charCodeAt(0)

/**
 * Takes the rows in the answer to a COPY, a message each. A method that returns false, or a place before the end, had no
 * buffer; the same call comes again later.
 */
export interface CopyRows {
  /** The rows that were taken. */
  readonly rows: number
  /**
   * Takes messages from `start` on, where one begins, as long as they are rows, lie whole in the chunk and are not too
   * large. Returns where it stopped.
   */
  whole(chunk: Buffer, start: number): number
  /** Begins a row of so many bytes, its line end included, that comes in pieces. */
  start(bytes: number): boolean
  /** Takes bytes of the row, and returns where it stopped. */
  piece(chunk: Buffer, start: number, end: number): number
}

export function rowWithoutEnd(): BatchQueryError {
  return malformedAnswer('a row has no line end')
}

export function malformedAnswer(what: string): BatchQueryError {
  return new BatchQueryError('DATABASE_LOST', `cannot read the server's answer: ${what}`, {
    hint: 'Use TLS (sslmode=verify-full) and run again. The bytes changed between the server and the client.',
  })
}
