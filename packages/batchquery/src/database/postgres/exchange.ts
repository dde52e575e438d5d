import { type Client, type Connection, DatabaseError, type Submittable } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'

/** The parts that are needed here of a server message, as the driver passes it on. */
export interface RowDescription {
  readonly fields: readonly {
    readonly name: string
    /** The table and the column that it is; zeros for an expression. */
    readonly tableID: number
    readonly columnID: number
    readonly dataTypeID: number
    /** Precision and scale, for instance. -1 if the type has none. */
    readonly dataTypeModifier: number
  }[]
}
export interface DataRow {
  /** The texts from the server. null is NULL. */
  readonly fields: readonly (string | null)[]
}
export interface CommandComplete {
  /** The command tag, such as `INSERT 0 5`. */
  readonly text: string
}
export interface CopyData {
  readonly chunk: Buffer
}

/**
 * One question to the server and its reply, message by message. It replaces the driver's own query, which would
 * collect all rows and convert values to JavaScript's types.
 * https://www.postgresql.org/docs/current/protocol-flow.html
 */
export abstract class Exchange implements Submittable {
  #waitsForRows = false
  #outcome: { resolve: () => void; reject: (error: unknown) => void } | null = null

  /** Sends the question, and resolves when the server is ready for the next one. Rejects with the driver's error. */
  run(client: Client): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#outcome = { resolve, reject }
      client.query(this)
    })
  }

  abstract submit(connection: Connection): void

  handleRowDescription(_message: RowDescription): void {}

  handleDataRow(_message: DataRow): void {}

  handleCommandComplete(_message: CommandComplete): void {}

  handleEmptyQuery(): void {}

  handleCopyData(_message: CopyData): void {}

  /** COPY FROM STDIN waits for rows, but there are none. The server replies with an error. */
  handleCopyInResponse(connection: { sendCopyFail(reason: string): void }): void {
    this.#waitsForRows = true
    connection.sendCopyFail('batchquery has no rows to send')
  }

  handleError(error: unknown): void {
    this.#outcome?.reject(this.#waitsForRows && error instanceof DatabaseError ? rowsWanted(error) : error)
  }

  handleReadyForQuery(): void {
    this.#outcome?.resolve()
  }
}

const rowsWanted = (cause: unknown): BatchQueryError =>
  new BatchQueryError('QUERY_FAILED', 'COPY ... FROM STDIN waits for rows, but a task has no input', {
    cause,
    hint: 'Load rows with INSERT, with COPY ... FROM a file of the server, or on RDS and Aurora with aws_s3.table_import_from_s3.',
  })
