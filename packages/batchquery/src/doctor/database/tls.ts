import { once } from 'node:events'
import { isIP, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { DatabaseUrl } from '../../database/database-url.ts'
import { type TlsPolicy, tlsPolicy } from '../../database/tls.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'
import { expiryWarning, nameOf, remaining } from './certificates.ts'
import { checksOf } from './login.ts'
import { withConnection } from './network.ts'

const NO_TLS = { skipped: 'the URL does not use TLS (sslmode=disable)' }

/**
 * Does the handshake with which a login begins, and does not log in. It checks the chain and, with verify-full, the name of the host.
 *
 * @throws TLS, DATABASE_UNREACHABLE, CONFIG
 */
export async function verifyTls(url: DatabaseUrl, signal: AbortSignal): Promise<Finding> {
  const policy = await tlsPolicy(url)
  if (policy === null) return NO_TLS
  const { beginTls } = await checksOf(url)
  return withConnection(url, signal, async socket => {
    const protocols = await beginTls(socket, url)
    return found(await handshake(socket, url.host, protocols, policy), policy)
  })
}

async function handshake(
  socket: Socket,
  host: string,
  protocols: string[],
  policy: TlsPolicy,
): Promise<TLSSocket> {
  const secure = connect({
    socket,
    host,
    // TLS takes no address as the name of a server.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(protocols.length > 0 ? { ALPNProtocols: protocols } : {}),
    minVersion: 'TLSv1.2',
    ...(policy.ca === undefined ? {} : { ca: policy.ca }),
    ...(policy.verifyHost ? {} : { checkServerIdentity: () => undefined }),
  })
  try {
    await once(secure, 'secureConnect')
    return secure
  } catch (thrown) {
    throw isExpired(thrown) ? expired(host, thrown) : thrown
  }
}

function found(secure: TLSSocket, { verifyHost }: TlsPolicy): Finding {
  const certificate = secure.getPeerX509Certificate()
  if (certificate === undefined)
    throw new BatchQueryError('TLS', 'the server sent no certificate', {
      hint: 'Check the TLS settings of the server.',
    })
  const name = verifyHost ? 'chain and host name' : 'chain (verify-ca: not the host name)'
  const warning = expiryWarning("the server's certificate", certificate, 'renew it on the server')
  return {
    figure: `${secure.getProtocol()}, ${name} verified: ${nameOf(certificate)}, ${remaining(certificate)}`,
    warnings: warning === null ? [] : [warning],
  }
}

const isExpired = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'CERT_HAS_EXPIRED'

const expired = (host: string, cause: unknown): BatchQueryError =>
  new BatchQueryError('TLS', `${host}: a certificate of the server's chain has expired`, {
    cause,
    hint: "Renew the server's certificate. If its authority has expired, name the new one with sslrootcert=FILE.",
  })
