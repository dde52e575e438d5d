import type { Dialect } from '../sql/index.ts'
import type { Auth } from './auth.ts'

/**
 * libpq's words: https://www.postgresql.org/docs/current/libpq-ssl.html. `parseDatabaseUrl` refuses the modes that encrypt without
 * checking the server (`allow`, `prefer`, `require`): they promise more than they do.
 */
export type SslMode = 'disable' | 'verify-ca' | 'verify-full'

/** The parts of a database URL. Nothing that may be shown contains the password. */
export interface DatabaseUrl {
  readonly dialect: Dialect
  readonly user: string
  readonly password: string | null
  /** Empty for an embedded database. */
  readonly host: string
  /** 0 for an embedded database. */
  readonly port: number
  /** A socket's path, instead of host and port. */
  readonly socket: string | null
  /** The schema or database; for an embedded database the path of the file. */
  readonly name: string
  readonly sslMode: SslMode
  /** Path of a PEM file; null means the certificate authorities that Node trusts. */
  readonly sslRootCert: string | null
  /** Path of a file whose first line is the password. */
  readonly passwordFile: string | null
  readonly auth: Auth
  /** How long a login is tried again while the server cannot be reached. Milliseconds; null for the default. */
  readonly retryMs: number | null
  /** The settings that only this dialect has (`OwnSetting`), by name. */
  readonly own: ReadonlyMap<string, string>
}

/** The address of a URL's server, for messages: `host:port` or the socket's path. */
export function shownHost(url: DatabaseUrl): string {
  if (url.socket !== null) return url.socket
  return url.host.includes(':') ? `[${url.host}]:${url.port}` : `${url.host}:${url.port}`
}
