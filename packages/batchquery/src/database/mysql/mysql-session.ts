import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type {
  RowStream,
  Server,
  ServerWarning,
  Session,
  StatementOutcome,
  StreamOptions,
} from '../database.ts'
import { closeSoon } from '../farewell.ts'
import type { SecondConnection } from '../second-connection.ts'
import { SilenceWatch } from '../silence-watch.ts'
import { ask } from './ask.ts'
import type { BegunSession } from './begin-session.ts'
import { statementError } from './errors.ts'
import { markComment } from './listed-session.ts'
import { MysqlRowStream } from './mysql-row-stream.ts'
import { runStatement } from './statement.ts'
import { wireOf } from './wire.ts'

/** MariaDB: the result of a query that was cut by LIMIT ROWS EXAMINED. */
const RESULT_CUT = '1931'
const MOST_WARNINGS = 64
const BACKSLASH = Buffer.from('\\')
const NOTHING = new Uint8Array()

/** One login to MySQL, MariaDB or Aurora MySQL. */
export class MysqlSession implements Session {
  readonly dialect = 'mysql'
  readonly server: Server
  readonly id: string
  readonly #connection: Connection
  readonly #mark: string
  readonly #kill: () => Promise<void>
  readonly #silence: SilenceWatch
  /** At the login; null when a statement may have changed it. */
  #stringSetting: string | null
  #running = false
  /** Settles when what was cancelled is gone. */
  #cancelling: Promise<void> | null = null
  #closed = false

  constructor(
    connection: Connection,
    { id, server, stringSetting }: BegunSession,
    mark: string,
    second: SecondConnection,
  ) {
    this.#connection = connection
    this.#stringSetting = stringSetting
    this.server = server
    this.id = id
    this.#mark = mark
    this.#kill = second.kill
    const socket = () => wireOf(connection).stream
    this.#silence = new SilenceWatch(
      socket,
      second.isAtWork,
      lost => void socket().destroy(lost),
      second.silenceMs,
    )
  }

  get stringSetting(): string | null {
    return this.#stringSetting
  }

  async execute(sql: string, previewRows: number): Promise<StatementOutcome> {
    this.#begin()
    try {
      const answer = await runStatement(this.#connection, this.#marked(sql), previewRows)
      const warnings = await this.#readWarnings()
      this.#end()
      return { results: answer.results, affectedRows: answer.affectedRows, warnings }
    } catch (error) {
      throw await this.#failed(error)
    }
  }

  async stream(sql: string, options: StreamOptions): Promise<RowStream> {
    this.#begin()
    try {
      const [[before, mode]] = await ask(this.#connection, 'SELECT @@character_set_results, @@sql_mode')
      const noEscapes = mode?.split(',').includes('NO_BACKSLASH_ESCAPES') === true
      // CSV is one text: its columns cannot each have a character set of their own
      const characterSet = options.characterSet ?? (options.format === 'CSV' ? 'utf8mb4' : null)
      const escapedBy = options.layout.escapedBy ?? (noEscapes ? NOTHING : BACKSLASH)
      await this.#setResultCharacterSet(characterSet)
      const layout = { ...options.layout, escapedBy }
      return await MysqlRowStream.open(
        this.#connection,
        this.#marked(sql),
        { ...options, layout, characterSet },
        {
          complete: async count => {
            const warnings = count === 0 ? [] : await this.#readWarnings()
            await this.#setResultCharacterSet(before)
            this.#end()
            return warnings
          },
          stop: () => this.cancel(),
          failed: error => this.#failed(error),
        },
      )
    } catch (error) {
      throw await this.#failed(error)
    }
  }

  /** Whoever cancels what is being cancelled waits for the same end. */
  async cancel(): Promise<void> {
    if (!this.#running || this.#closed) return
    this.#cancelling ??= this.#stop()
    await this.#cancelling
  }

  async #stop(): Promise<void> {
    this.#silence.stop()
    wireOf(this.#connection).stream.destroy()
    await this.#kill()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#silence.stop()
    const { stream } = wireOf(this.#connection)
    if (this.#running) {
      stream.destroy()
      return
    }
    closeSoon(stream)
    await new Promise<void>(resolve => this.#connection.end(() => resolve()))
  }

  #begin(): void {
    if (this.#running) throw new BatchQueryError('INTERNAL', 'a statement of this session still runs')
    this.#running = true
    this.#stringSetting = null
    this.#silence.start()
  }

  #end(): void {
    this.#silence.stop()
    this.#running = false
  }

  /** After a broken connection the server may still be at work: nobody else will stop it. */
  async #failed(thrown: unknown): Promise<BatchQueryError> {
    if (this.#cancelling !== null)
      return new BatchQueryError('CANCELLED', 'the statement was cancelled', { cause: thrown })
    const error = statementError(thrown)
    if (error.code === 'DATABASE_LOST') await this.#kill().catch(() => {})
    this.#end()
    return error
  }

  /** On the statement's own line, so that the server's line numbers stay those of the task. */
  #marked(sql: string): string {
    return `${markComment(this.#mark)} ${sql}`
  }

  /** NULL: the server sends every column as it is stored. */
  async #setResultCharacterSet(name: string | null): Promise<void> {
    if (name !== null && !/^\w+$/.test(name))
      throw new BatchQueryError(
        'SQL_SYNTAX',
        `CHARACTER SET ${JSON.stringify(name)} is no name of a character set`,
        {
          hint: 'SHOW CHARACTER SET lists the names.',
        },
      )
    await ask(this.#connection, `SET character_set_results = ${name ?? 'NULL'}`)
  }

  /** The driver does not tell how many warnings came with rows, so after those they are always asked for. */
  async #readWarnings(): Promise<readonly ServerWarning[]> {
    const rows = await ask(this.#connection, `SHOW WARNINGS LIMIT ${MOST_WARNINGS}`)
    return rows.map(([, code, message]) => ({
      code: code ?? '',
      message: message ?? '',
      rowsMissing: code === RESULT_CUT,
    }))
  }
}
