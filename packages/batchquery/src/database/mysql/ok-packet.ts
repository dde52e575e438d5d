import { lengthEncodedSize, readLengthEncoded } from './length-encoded.ts'

const SESSION_CHANGED = 0x4000
const SYSTEM_VARIABLES = 0

export interface OkPacket {
  readonly affectedRows: number
  readonly status: number
  readonly warnings: number
  /** The session variables that changed, where the server reports them. */
  readonly changed: ReadonlyMap<string, string>
}

/**
 * Reads the payload of an OK packet.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html
 *
 * @throws RangeError where it ends too early
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
  const changed = new Map<string, string>()
  if ((status & SESSION_CHANGED) === 0) return { affectedRows, status, warnings, changed }
  bytes() // what the server's own client prints
  const changes = at < payload.length ? bytes() : Buffer.alloc(0)
  readChanges(changes, changed)
  return { affectedRows, status, warnings, changed }
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
