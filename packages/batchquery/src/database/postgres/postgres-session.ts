import type { Client } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import type { FormatPlan, TypedColumn } from '../../format/index.ts'
import { stringRulesOf } from '../../sql/index.ts'
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
import type { Backend } from './backend.ts'
import type { Sent } from './causes.ts'
import { clientEncoding } from './client-encoding.ts'
import { copyOptions } from './copy-options.ts'
import { planCopy } from './copy-plan.ts'
import { isServersError, serverMessage, statementError } from './errors.ts'
import type { Identity } from './identify.ts'
import { PostgresRowStream } from './postgres-row-stream.ts'
import { withServerTypes } from './server-types.ts'
import { runStatement } from './statement.ts'
import { Wire } from './wire.ts'

const MOST_WARNINGS = 64
/** The encoding of tasks, and of all that the driver reads and writes. */
const OUR_ENCODING = 'UTF8'

/** One login to PostgreSQL. */
export class PostgresSession implements Session {
  readonly dialect = 'postgres'
  readonly server: Server
  readonly id: string
  readonly #client: Client
  readonly #wire: Wire
  readonly #stringSettingAtLogin: string | null
  readonly #kill: () => Promise<void>
  readonly #silence: SilenceWatch
  /** Why the connection broke while no statement ran. */
  #broken: Error | null = null
  /** The first notices of the running statement. */
  #notices: ServerWarning[] = []
  #running = false
  /** Resolves when the cancelled statement is gone. */
  #cancelling: Promise<void> | null = null
  #closed = false

  constructor(
    client: Client,
    { server, stringSetting }: Identity,
    backend: Backend,
    second: SecondConnection,
  ) {
    const wire = new Wire(client)
    this.#stringSettingAtLogin = stringSetting
    this.#client = client
    this.#wire = wire
    this.server = server
    this.id = backend.pid
    this.#kill = second.kill
    this.#silence = new SilenceWatch(
      () => wire,
      second.look,
      lost => wire.destroy(lost),
      second.silenceMs,
    )
    client.on('error', error => {
      this.#broken ??= error
    })
    client.on('notice', notice => {
      if (this.#notices.length < MOST_WARNINGS)
        this.#notices.push({ code: notice.code ?? '', message: serverMessage(notice), rowsMissing: false })
    })
  }

  get doing(): string | null {
    return this.#silence.doing
  }

  get stringSetting(): string | null {
    return this.#wire.changedSetting('standard_conforming_strings') ?? this.#stringSettingAtLogin
  }

  async execute(sql: string, previewRows: number): Promise<StatementOutcome> {
    this.#begin()
    try {
      const { results, affectedRows } = await runStatement(this.#client, sql, previewRows)
      const { isInTransaction } = this.#wire
      return { results, affectedRows, warnings: this.#complete(), unlisted: 0, isInTransaction }
    } catch (error) {
      throw await this.#failed(error, { sql, before: 0, exportEncoding: null, exportsTypes: false })
    }
  }

  /** An export changes nothing in the session. */
  async announce(): Promise<void> {}

  /** No warning is late, because the server sends them by itself. */
  async deliverLateWarnings(): Promise<void> {}

  async stream(sql: string, options: StreamOptions): Promise<RowStream> {
    const { encoding = '' } = this.server
    const copy = copyOptions(options.format, encoding)
    const { characterSet } = options.format
    const exportEncoding = characterSet === null ? OUR_ENCODING : clientEncoding(characterSet, encoding)
    this.#begin()
    const sent = { sql, exportEncoding, exportsTypes: options.format.text === 'typed' }
    let before = 0
    try {
      const rules = stringRulesOf(this.dialect, this.stringSetting ?? 'on')
      const planned = await planCopy(this.#client, sql, options.format, copy, rules)
      const plan = options.namesTypes ? await withServerTypes(this.#client, planned) : planned
      before = plan.before
      return await PostgresRowStream.open(this.#client, this.#wire, plan, options, {
        complete: () => this.#complete(),
        stop: () => this.cancel(),
        // The stream stops reading when the encoder refuses a value, and the server goes on.
        failed: error => this.#failed(error, { ...sent, before }, !isServersError(error)),
      })
    } catch (error) {
      throw await this.#failed(error, { ...sent, before })
    }
  }

  async describe(sql: string, format: FormatPlan): Promise<readonly TypedColumn[]> {
    const { encoding = '' } = this.server
    const copy = copyOptions(format, encoding)
    this.#begin()
    try {
      const rules = stringRulesOf(this.dialect, this.stringSetting ?? 'on')
      const planned = await planCopy(this.#client, sql, format, copy, rules)
      const { columns } = await withServerTypes(this.#client, planned)
      format.check?.(columns)
      this.#complete()
      return columns
    } catch (error) {
      const exportsTypes = format.text === 'typed'
      throw await this.#failed(error, { sql, before: 0, exportEncoding: null, exportsTypes })
    }
  }

  /** A second cancel waits for the first one. */
  async cancel(): Promise<void> {
    if (!this.#running || this.#closed) return
    this.#cancelling ??= this.#stop()
    await this.#cancelling
  }

  async #stop(): Promise<void> {
    this.#silence.stop()
    this.#wire.destroy()
    await this.#kill()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#silence.stop()
    if (this.#running) {
      this.#wire.destroy()
      return
    }
    closeSoon(this.#client.connection.stream)
    await this.#client.end()
  }

  #begin(): void {
    if (this.#running) throw new BatchQueryError('INTERNAL', 'a statement of this session is still running')
    this.#running = true
    this.#notices = []
    this.#silence.start()
  }

  #end(): void {
    this.#silence.stop()
    this.#running = false
  }

  /**
   * After a statement: checks the settings that the server reported, and returns its warnings. It asks nothing,
   * because the next statement would notice.
   */
  #complete(): readonly ServerWarning[] {
    const warnings = this.#notices
    const encoding = this.#wire.changedSetting('client_encoding') ?? OUR_ENCODING
    if (encoding !== OUR_ENCODING)
      throw new BatchQueryError(
        'QUERY_FAILED',
        `the task changed client_encoding to ${encoding}, but tasks are in UTF-8`,
        { hint: 'Remove the setting. To export in another encoding, write the clause CHARACTER SET.' },
      )
    this.#end()
    return warnings
  }

  /**
   * After a broken connection the server may still run the statement, and no other process will stop it.
   *
   * @param mayRun whether the server may still run it after any other error too
   */
  async #failed(
    thrown: unknown,
    sent: Omit<Sent, 'serverEncoding'>,
    mayRun = false,
  ): Promise<BatchQueryError> {
    if (this.#cancelling !== null)
      return new BatchQueryError('CANCELLED', 'the statement was cancelled', { cause: thrown })
    const isReason = this.#broken !== null && isServersError(this.#broken) && !isServersError(thrown)
    const error = statementError(isReason ? this.#broken : thrown, {
      ...sent,
      serverEncoding: this.server.encoding ?? '',
    })
    if (mayRun || error.code === 'DATABASE_LOST') await this.#kill().catch(() => {})
    this.#end()
    return error
  }
}
