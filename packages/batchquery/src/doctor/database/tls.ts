import { once } from 'node:events'
import { isIP, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { askForTls as askMysql } from '../../database/mysql/ask-for-tls.ts'
import { askForTls as askPostgres } from '../../database/postgres/ask-for-tls.ts'
import { type TlsPolicy, tlsPolicy } from '../../database/tls.ts'
import { type DatabaseUrl, shownHost } from '../../database/url.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'
import { expiryWarning, nameOf, remaining } from './certificates.ts'
import { withConnection } from './network.ts'

const NO_TLS = { skipped: 'the URL does without TLS (sslmode=disable)' }

/**
 * A handshake as a login begins with, and no login after it: the chain and, with verify-full, the name of the host.
 *
 * @throws TLS, DATABASE_UNREACHABLE, CONFIG
 */
export async function verifyTls(url: DatabaseUrl, signal: AbortSignal): Promise<Finding> {
  const policy = await tlsPolicy(url)
  if (policy === null) return NO_TLS
  const ask = url.dialect === 'postgres' ? askPostgres : askMysql
  return withConnection(url, signal, async socket => {
    if (url.sslNegotiation === 'postgres') await ask(socket, shownHost(url))
    return found(await handshake(socket, url, policy), policy)
  })
}

async function handshake(
  socket: Socket,
  { host, sslNegotiation }: DatabaseUrl,
  policy: TlsPolicy,
): Promise<TLSSocket> {
  const secure = connect({
    socket,
    host,
    // An address has no place in the greeting of TLS.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(sslNegotiation === 'direct' ? { ALPNProtocols: ['postgresql'] } : {}),
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
    throw new BatchQueryError('TLS', 'the server showed no certificate', {
      hint: 'Look at its TLS settings.',
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
    hint: "Renew the server's certificate; where its authority has expired, name the new one with sslrootcert=FILE.",
  })
