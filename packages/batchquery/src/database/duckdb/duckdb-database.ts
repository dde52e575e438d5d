import { basename, extname, resolve } from 'node:path'
import type { Database } from '../database.ts'
import { removeDeadFifos } from './dead-fifos.ts'
import { DuckdbSession } from './duckdb-session.ts'
import { MEMORY, openFile } from './open-file.ts'

const LOCK_WAIT_MS = 10_000
let sessions = 0

export interface DuckdbOptions {
  /** How long `connect` waits for another process to release the file. @default - 10 s */
  readonly lockWaitMs?: number
}

/** A DuckDB file, or, with the path `:memory:`, a separate database for every session. */
export class DuckdbDatabase implements Database {
  readonly dialect = 'duckdb'
  readonly host: string
  readonly name: string
  readonly #lockWaitMs: number

  constructor(path: string, options: DuckdbOptions = {}) {
    this.host = path === MEMORY ? MEMORY : resolve(path)
    this.name = path === MEMORY ? 'memory' : basename(path, extname(path))
    this.#lockWaitMs = options.lockWaitMs ?? LOCK_WAIT_MS
  }

  /** Ignores the mark, because no other process can see the statements of an embedded database. */
  async connect(_mark = '', signal?: AbortSignal): Promise<DuckdbSession> {
    const instance = await openFile(this.host, this.#lockWaitMs, signal)
    try {
      const connection = await instance.connect()
      const answer = await connection.runAndReadAll('SELECT system.main.version()')
      const server = { kind: 'duckdb', version: String(answer.value(0, 0)) } as const
      return new DuckdbSession(instance, connection, server, `${process.pid}.${++sessions}`)
    } catch (error) {
      instance.closeSync()
      throw error
    }
  }

  /** The sessions ended with their process, but its named pipes still exist. */
  async endSessions(): Promise<void> {
    await removeDeadFifos()
  }
}
