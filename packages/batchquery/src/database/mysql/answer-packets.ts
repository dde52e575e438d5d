import { lengthEncodedSize, readLengthEncoded } from './length-encoded.ts'

const IN_TRANSACTION = 0x0001
const MORE_RESULTS = 0x0008
const SESSION_CHANGED = 0x4000
const SYSTEM_VARIABLES = 0

/** The first byte of a payload that is not a row says which packet it is. */
export const OK_MARK = 0x00
export const LOCAL_INFILE_MARK = 0xfb
export const ERROR_MARK = 0xff
const END_MARK = 0xfe
const END_PACKET_BYTES = 9

/** No payload is longer, because longer ones come in pieces. */
export const ANY_LENGTH = 0xffffff

/** Whether this payload ends the rows. A row that begins with this mark is longer. */
export const endsRows = (mark: number | undefined, bytes: number): boolean =>
  mark === END_MARK && bytes < END_PACKET_BYTES

export interface OkPacket {
  readonly affectedRows: number
  /** More results of the same statement follow. */
  readonly hasMore: boolean
  readonly warnings: number
  /** Whether a transaction is open. */
  readonly isInTransaction: boolean
  /** The session variables that changed, if the server reports them. */
  readonly changed: ReadonlyMap<string, string>
}

/**
 * Reads the payload of an OK packet.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html
 *
 * @throws RangeError if the payload ends too early
 */
export function readOkPacket(payload: Buffer): OkPacket {
  let at = 1
  const integer = (): number => {
    const value = readLengthEncoded(payload, at)
    at += lengthEncodedSize(payload[at])
    return value
  }
  const bytes = (): Buffer => {
    const length = integer()
    at += length
    return payload.subarray(at - length, at)
  }
  const affectedRows = integer()
  integer() // LAST_INSERT_ID()
  const status = payload.readUInt16LE(at)
  const warnings = payload.readUInt16LE(at + 2)
  at += 4
  const hasMore = (status & MORE_RESULTS) !== 0
  const isInTransaction = (status & IN_TRANSACTION) !== 0
  const changed = new Map<string, string>()
  if ((status & SESSION_CHANGED) === 0) return { affectedRows, hasMore, warnings, isInTransaction, changed }
  bytes() // what the server's own client prints
  const changes = at < payload.length ? bytes() : Buffer.alloc(0)
  readChanges(changes, changed)
  return { affectedRows, hasMore, warnings, isInTransaction, changed }
}

function readChanges(changes: Buffer, changed: Map<string, string>): void {
  let at = 0
  const text = (): string => {
    const start = at + lengthEncodedSize(changes[at])
    at = start + readLengthEncoded(changes, at)
    return changes.toString('utf8', start, at)
  }
  while (at < changes.length) {
    const type = changes[at++]
    const start = at + lengthEncodedSize(changes[at])
    const end = start + readLengthEncoded(changes, at)
    at = start
    while (type === SYSTEM_VARIABLES && at < end) changed.set(text(), text())
    at = end
  }
}

/** How one of the results of a statement ended. */
export interface ResultOutcome {
  /** The result had rows, so ROW_COUNT() is -1 after it. */
  readonly hasRows: boolean
  /** The server's number of warnings, at most 65,535. */
  readonly warnings: number
  /** A transaction is open after it. */
  readonly isInTransaction: boolean
  /** A session variable changed, but its new value arrives only with the next statement that has no rows. */
  readonly changePending: boolean
}

/**
 * Reads the packet after the rows of a result.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_eof_packet.html
 */
export function readEndOfRows(payload: Buffer): { outcome: ResultOutcome; hasMore: boolean } {
  const status = payload.readUInt16LE(3)
  const outcome = {
    hasRows: true,
    warnings: payload.readUInt16LE(1),
    isInTransaction: (status & IN_TRANSACTION) !== 0,
    changePending: (status & SESSION_CHANGED) !== 0,
  }
  return { outcome, hasMore: (status & MORE_RESULTS) !== 0 }
}
