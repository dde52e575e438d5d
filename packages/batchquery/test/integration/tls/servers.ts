import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import type { ConnectOptions } from '../../../src/database/connect-options.ts'
import type { Credentials } from '../../../src/database/credentials.ts'
import type { Database } from '../../../src/database/database.ts'
import type { DatabaseUrl } from '../../../src/database/database-url.ts'
import { MysqlDatabase } from '../../../src/database/mysql/mysql-database.ts'
import { PostgresDatabase } from '../../../src/database/postgres/postgres-database.ts'
import { makeCertificates, selfSignCertificate, signCertificate } from '../../setup/certificates.ts'
import { startOwnMariadb } from '../../setup/mariadb.ts'
import { startOwnPostgres } from '../../setup/postgres.ts'
import type { Attack } from './man-in-the-middle.ts'

/** Certificates for a server. `good` is signed by the authority that the client knows, for localhost. */
export type Certificate = 'good' | 'other host' | 'expired' | 'self-signed'

const FILES: Readonly<Record<Certificate, string>> = {
  good: 'good',
  'other host': 'other-host',
  expired: 'expired',
  'self-signed': 'self-signed',
}

/**
 * A real server whose certificate changes while it runs. Names and password are long, so that they are visible in the
 * length of messages.
 */
export interface TlsServer {
  readonly port: number
  /** The authority that signed `good`. */
  readonly caFile: string
  /** An authority that signed nothing here. */
  readonly otherCaFile: string
  show(certificate: Certificate): Promise<void>
  /** The URL without a password. @param tls its settings @param port of the attacker in front of the server */
  url(tls: string, port: number): string
  stop(): Promise<void>
}

/** The beginning of a protocol, before TLS. */
export interface Dialect {
  readonly name: string
  start(): Promise<TlsServer>
  open(url: DatabaseUrl, credentials: Credentials, options: ConnectOptions): Database
  /** Length of the client's message before its first TLS record. */
  readonly request: number
  /** A server without TLS. */
  startWithoutTls(): Promise<{ readonly port: number; stop(): Promise<void> }>
  /** Makes the client believe that the server has no TLS. */
  readonly downgrade: Attack
}

const USER = `user_${'u'.repeat(40)}`
const DATABASE = `database_${'d'.repeat(40)}`
export const PASSWORD = `password_${'p'.repeat(40)}`
/** Long as well. */
export const MARK = `batchquery tls-${'m'.repeat(40)}`

export const MARIADB: Dialect = {
  name: 'MariaDB',
  open: (url, credentials, options) => new MysqlDatabase(url, credentials, options),
  request: 36,
  // CLIENT_SSL is the twelfth of the capabilities, which follow the version, the thread and half of the nonce.
  downgrade: {
    greeting: bytes => {
      const changed = Buffer.from(bytes)
      const capabilities = changed.indexOf(0, 5) + 1 + 4 + 8 + 1
      changed.writeUInt16LE(changed.readUInt16LE(capabilities) & ~0x0800, capabilities)
      return changed
    },
  },
  async startWithoutTls() {
    const { server, stop } = await startOwnMariadb({ settings: ['--skip-ssl'] })
    return { port: server.port, stop }
  },
  async start() {
    const { server, stop } = await startOwnMariadb()
    const ca = await readFile(server.caFile, 'utf8')
    const { port, user, password } = server
    const certificates = await makeVariants(dirname(server.caFile))
    const admin = await createConnection({ host: 'localhost', port, user, password, ssl: { ca } })
    await admin.query(`CREATE DATABASE ${DATABASE}`)
    await admin.query(`CREATE USER ${USER}@'%' IDENTIFIED BY '${PASSWORD}'`)
    await admin.query(`GRANT ALL ON ${DATABASE}.* TO ${USER}@'%'`)
    return {
      ...certificates,
      port,
      caFile: server.caFile,
      show: async certificate => {
        await certificates.put(certificate)
        await admin.query('FLUSH SSL')
      },
      url: (tls, port) => `mysql://${USER}@localhost:${port}/${DATABASE}?${tls}`,
      stop: async () => {
        await admin.end()
        await stop()
      },
    }
  },
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/** The fingerprint of the certificate that a PostgreSQL server shows now. */
async function shownFingerprint(port: number): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1')
  socket.write(SSL_REQUEST)
  await once(socket, 'data')
  const tls = connectTls({ socket, rejectUnauthorized: false })
  await once(tls, 'secureConnect')
  const { fingerprint256 } = tls.getPeerCertificate()
  tls.destroy()
  return fingerprint256
}

export const POSTGRES: Dialect = {
  name: 'PostgreSQL',
  open: (url, credentials, options) => new PostgresDatabase(url, credentials, options),
  request: 8,
  downgrade: { answer: bytes => (bytes.equals(SSL_REQUEST) ? Buffer.from('N') : null) },
  async startWithoutTls() {
    const { server, stop } = await startOwnPostgres({ configuration: 'ssl = off' })
    return { port: server.port, stop }
  },
  async start() {
    const { server, stop } = await startOwnPostgres()
    const { port, user, password, socket, database } = server
    const certificates = await makeVariants(dirname(server.caFile))
    const admin = new Client({ host: socket, port, user, password, database })
    await admin.connect()
    await admin.query(`CREATE USER ${USER} PASSWORD '${PASSWORD}'`)
    await admin.query(`CREATE DATABASE ${DATABASE} OWNER ${USER}`)
    return {
      ...certificates,
      port,
      caFile: server.caFile,
      show: async certificate => {
        await certificates.put(certificate)
        await admin.query('SELECT pg_reload_conf()')
        const wanted = new X509Certificate(await readFile(join(dirname(server.caFile), 'server.pem')))
        // The server reads it a little later.
        while ((await shownFingerprint(port)) !== wanted.fingerprint256) await sleep(20)
      },
      url: (tls, port) => `postgres://${USER}@localhost:${port}/${DATABASE}?${tls}`,
      stop: async () => {
        await admin.end()
        await stop()
      },
    }
  },
}

/** @param folder of the server's own certificate, `server.pem` */
async function makeVariants(folder: string) {
  await signCertificate(folder, FILES.good)
  await signCertificate(folder, FILES['other host'], { names: 'DNS:other.example.com' })
  await signCertificate(folder, FILES.expired, { days: -1 })
  await selfSignCertificate(folder, FILES['self-signed'])
  const other = await makeCertificates(join(folder, 'other'))
  const put = async (certificate: Certificate): Promise<void> => {
    // The file still belongs to the server.
    for (const kind of ['pem', 'key'])
      await writeFile(
        join(folder, `server.${kind}`),
        await readFile(join(folder, `${FILES[certificate]}.${kind}`)),
      )
  }
  return { otherCaFile: other.caFile, put }
}
