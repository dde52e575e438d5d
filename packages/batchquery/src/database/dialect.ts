import type { Socket } from 'node:net'
import type { BatchQueryError } from '../errors/index.ts'
import type { Refuse } from './auth.ts'
import type { Credentials } from './credentials.ts'
import type { Database, Session } from './database.ts'
import type { DatabaseUrl } from './database-url.ts'
import type { NativeExport } from './native-export.ts'
import type { Estimate, ParallelReads } from './parallel-reads.ts'
import type { PasswordFile } from './password-file.ts'
import type { Tables } from './tables.ts'

/**
 * The facts about the databases of a dialect that batchquery needs before it loads their driver. Every command line loads them, so they
 * are small. Their functions load the driver, the checks and the native writer on demand.
 */
export type DatabaseDialect = ServerDialect | EmbeddedDialect

interface AnyDialect {
  /** The schemes of its URLs: `mysql`, `mariadb`. */
  readonly schemes: readonly string[]
  /** A URL, for messages: `duckdb:path`. */
  readonly example: string
  /** What `Session.cancel` ends. After the end of its session, a caller must log in again. */
  readonly cancelEnds: 'statement' | 'session'
  /** Null if no server of the dialect can write to S3 by itself. */
  readonly native: NativeExport | null
  /** Loads the driver. */
  load(): Promise<unknown>
  /** Loads what only `generate` uses. */
  tables(): Promise<Tables>
  /** Loads what only PARALLEL and `plan` use. Null if the database reads a query with all cores by itself. */
  readonly parallelReads: (() => Promise<ParallelReads>) | null
}

/** A server that batchquery logs in to over a network or a socket. */
export interface ServerDialect extends AnyDialect {
  readonly kind: 'server'
  readonly defaultPort: number
  /** The environment variable from which the database's own tools take a password. */
  readonly passwordVariable: string
  /** The file in which users of those tools keep passwords. */
  passwordFile(): Promise<PasswordFile>
  /** The connections to which users of those tools give names; null if the tools have none. */
  readonly services: Services | null
  /** Matches the engines that RDS writes into the secrets of such servers. */
  readonly secretEngines: RegExp
  readonly ownSettings: readonly OwnSetting[]
  /** Loads the driver. */
  open(url: DatabaseUrl, credentials: Credentials): Promise<Database>
  /** For people: why a server may ask a user with an IAM token for a password, and the next step. */
  askedForPassword(user: string): string
  /** For people: the statements that end sessions. Only those that bear the mark belong to the run. */
  endByHand(sessions: readonly string[], mark: string): string
  /** How one session reads a query, for forecasts. */
  readonly oneSession: OneSession
  /** A statement after which no statement of the session changes data. */
  readonly readOnly: string
  /** Loads what only `doctor` uses. */
  checks(): Promise<ServerChecks>
}

/** What one session takes and gives while it reads a query. */
export interface OneSession {
  /** Bytes per second, as docs/benchmarks.md measures them. */
  readonly speed: number
  /** What the query locks until its last row, in a whole sentence. */
  readonly locks: string
}

/** A file that this process opens: it has no host, no login and no TLS, and no other machine sees it. */
export interface EmbeddedDialect extends AnyDialect {
  readonly kind: 'embedded'
  /** The name of the product, for messages. */
  readonly product: string
  /** The name of a database without a file. */
  readonly inMemory: string
  /** The file that a URL names, or `inMemory`. @param text the URL without its scheme */
  nameIn(text: string): string
  /** Loads what only `plan` uses: estimates a query from statistics alone. @throws QUERY_FAILED */
  estimate(session: Session, query: string): Promise<Estimate>
  /** Loads the driver. @param name an absolute path, or `inMemory` */
  open(name: string): Promise<Database>
}

/** Connections by name, in files of the database's own tools. */
export interface Services {
  /** The setting of URLs that names a service. */
  readonly setting: string
  /** The environment variable that names one. */
  readonly variable: string
  /** Returns the URL with what it lacks, as a service has it. @throws CONFIG */
  complete(url: URL, name: string, environment: NodeJS.ProcessEnv): string
}

/** A setting of URLs that only one dialect has. */
export interface OwnSetting {
  readonly name: string
  readonly isPath: boolean
  /** A value that means the same as no setting, so URLs of every dialect may have it. Null if there is none. */
  readonly usual: string | null
  /** @throws what `refuse` makes, if the value is wrong or does not go with the URL */
  check(value: string, url: Pick<DatabaseUrl, 'sslMode' | 'auth'>, refuse: Refuse): void
}

/** What `doctor` does with servers of one dialect only. */
export interface ServerChecks {
  /** The path of the socket's file that a URL means. */
  socketPath(url: DatabaseUrl): string
  /**
   * Makes a new connection ready for the handshake of TLS.
   *
   * @returns the protocols that the handshake must name (ALPN); empty for none
   * @throws TLS if the server offers none; DATABASE_UNREACHABLE if it does not speak the dialect's protocol
   */
  beginTls(socket: Socket, url: DatabaseUrl): Promise<string[]>
  /**
   * The error of a login.
   *
   * @param isAccepted whether something accepted the connection
   */
  loginError(thrown: unknown, url: DatabaseUrl, user: string, isAccepted: boolean): BatchQueryError
  /** A query for the server's time, in seconds since 1970. */
  readonly now: string
  /** A statement that takes a minute. */
  readonly wait: string
  /** Whether the user may read something of the database. @throws PERMISSION if it may read nothing */
  mayRead(session: Session, url: DatabaseUrl): Promise<Observation>
  /** The settings that end a statement of hours, or a long row, as they are in a session of ours. */
  settings(session: Session): Promise<Observation>
}

/** The result of a check: a figure for people with warnings in whole sentences, or the reason for not looking. */
export type Observation =
  | { readonly figure: string; readonly warnings?: readonly string[] }
  | { readonly skipped: string }
