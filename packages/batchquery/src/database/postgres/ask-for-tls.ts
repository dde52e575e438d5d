import type { Socket } from 'node:net'
import { BatchQueryError } from '../../errors/index.ts'
import { firstBytes } from '../first-bytes.ts'

const TLS_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/**
 * Asks the server of a new connection for TLS, as a client does before it names its user. The handshake of TLS comes
 * next on the socket. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 *
 * @throws TLS if the server offers none; DATABASE_UNREACHABLE if the reply is not from a PostgreSQL server
 */
export async function askForTls(socket: Socket, host: string): Promise<void> {
  const answer = firstBytes(socket, () => true)
  socket.write(TLS_REQUEST)
  const said = (await answer).toString('latin1')
  // Additional bytes before the handshake would come from an attacker.
  if (said === 'S') return
  if (said === 'N')
    throw new BatchQueryError('TLS', `${host} offers no TLS`, { hint: 'Turn on TLS on the server.' })
  throw new BatchQueryError('DATABASE_UNREACHABLE', `the server at ${host} does not answer like PostgreSQL`, {
    hint: 'Check the host and port of the PostgreSQL server.',
  })
}
