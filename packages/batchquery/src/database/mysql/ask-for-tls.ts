import type { Socket } from 'node:net'
import { BatchQueryError } from '../../errors/index.ts'
import { firstBytes } from '../first-bytes.ts'
import { packetError } from './errors.ts'

const HEADER_BYTES = 4
const PROTOCOL_10 = 10
const ERROR = 0xff
const MOST_GREETING_BYTES = 4_096
/** After the version, which ends with a NUL: session id, half of the salt, a filler. */
const BEFORE_CAPABILITIES = 4 + 8 + 1

const CLIENT_SSL = 0x0800
/** With CLIENT_PROTOCOL_41 and CLIENT_SECURE_CONNECTION. */
const WANTED = CLIENT_SSL | 0x0200 | 0x8000
const MOST_PACKET_BYTES = 1024 ** 2
const UTF8MB4 = 45

/**
 * Asks the server of a new connection for TLS, as a client does before it names its user. The handshake of TLS comes
 * next on the socket.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_ssl_request.html
 *
 * @throws TLS if the server offers none; the error that it sends instead of a greeting; DATABASE_UNREACHABLE if the
 *   greeting is not from a MySQL server
 */
export async function askForTls(socket: Socket, host: string): Promise<void> {
  const packet = await firstBytes(socket, isWholeOrForeign)
  const greeting = packet.subarray(HEADER_BYTES)
  if (greeting[0] === ERROR) throw packetError(greeting)
  const capabilities = capabilitiesOf(greeting)
  if (capabilities === null)
    throw new BatchQueryError('DATABASE_UNREACHABLE', `the server at ${host} does not answer like MySQL`, {
      hint: 'Check the host and port of the MySQL server.',
    })
  if ((capabilities & CLIENT_SSL) === 0)
    throw new BatchQueryError('TLS', `${host} offers no TLS`, { hint: 'Turn on TLS on the server.' })
  socket.write(tlsRequest())
}

/** True for bytes that do not begin like a MySQL greeting, because then no more bytes help. */
function isWholeOrForeign(bytes: Buffer): boolean {
  if (bytes.length <= HEADER_BYTES) return false
  const length = bytes.readUIntLE(0, 3)
  const isMysql =
    length <= MOST_GREETING_BYTES && (bytes[HEADER_BYTES] === PROTOCOL_10 || bytes[HEADER_BYTES] === ERROR)
  return !isMysql || bytes.length >= HEADER_BYTES + length
}

/** The lower two bytes; null if this is not a greeting. */
function capabilitiesOf(greeting: Buffer): number | null {
  const at = greeting.indexOf(0, 1) + 1 + BEFORE_CAPABILITIES
  const isGreeting = greeting[0] === PROTOCOL_10 && at > BEFORE_CAPABILITIES + 1 && at + 2 <= greeting.length
  return isGreeting ? greeting.readUInt16LE(at) : null
}

function tlsRequest(): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + 32)
  packet.writeUIntLE(32, 0, 3)
  packet[3] = 1
  packet.writeUInt32LE(WANTED, 4)
  packet.writeUInt32LE(MOST_PACKET_BYTES, 8)
  packet[12] = UTF8MB4
  return packet
}
