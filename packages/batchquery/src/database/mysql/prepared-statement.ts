import type { Connection } from 'mysql2'
import { ERROR_MARK } from './answer-packets.ts'
import { AnswerReader } from './answer-reader.ts'
import { type ColumnDefinition, readColumnDefinition } from './column-definition.ts'
import { readAnswer } from './statement.ts'
import type { AnswerHandler } from './statement-reader.ts'
import { sendUnanswered } from './wire.ts'

/** A statement that the server has read, but not run. */
export interface PreparedStatement {
  /** The server's number for it, within the session. */
  readonly id: number
  /** Empty if the result has none, or if the server knows them only after it has run the statement, as for CALL and many SHOWs. */
  readonly columns: readonly ColumnDefinition[]
  /** How many placeholders it has. */
  readonly parameters: number
  /** How many warnings the server has about the statement's text. It may not repeat them when it runs the statement. */
  readonly warnings: number
}

const COM_STMT_CLOSE = 0x19

/**
 * Has the server read a statement. The caller closes it.
 *
 * @throws QUERY_FAILED, PERMISSION, DATABASE_LOST
 */
export const prepareStatement = (connection: Connection, sql: string): Promise<PreparedStatement> =>
  readAnswer<PreparedStatement>(
    connection,
    { prepare: sql },
    (handler, extendedMetadata) => new PreparedReader(handler, extendedMetadata),
  )

/** The server forgets the statement. It does not answer. */
export function closeStatement(connection: Connection, { id }: Pick<PreparedStatement, 'id'>): void {
  const command = Buffer.alloc(5)
  command[0] = COM_STMT_CLOSE
  command.writeUInt32LE(id, 1)
  sendUnanswered(connection, command)
}

/**
 * Reads the answer to COM_STMT_PREPARE: a header, then the definitions of the parameters and of the columns, each list with an end
 * packet if it is not empty.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html
 */
class PreparedReader extends AnswerReader {
  readonly #handler: AnswerHandler<PreparedStatement>
  readonly #extendedMetadata: boolean
  readonly #columns: ColumnDefinition[] = []
  #parameters = 0
  #warnings = 0
  #id = -1
  // The packets that are still to come.
  #parameterPackets = 0
  #columnPackets = 0

  constructor(handler: AnswerHandler<PreparedStatement>, extendedMetadata: boolean) {
    super()
    this.#handler = handler
    this.#extendedMetadata = extendedMetadata
  }

  protected take(payload: Buffer): void {
    if (payload[0] === ERROR_MARK) {
      this.#handler.refused(Buffer.from(payload))
      return
    }
    if (this.#id < 0) this.#header(payload)
    else if (this.#parameterPackets > 0) this.#parameterPackets--
    else if (this.#columnPackets-- > 1)
      this.#columns.push(readColumnDefinition(payload, this.#extendedMetadata))
    if (this.#parameterPackets > 0 || this.#columnPackets > 0) return
    this.#handler.ended({
      id: this.#id,
      columns: this.#columns,
      parameters: this.#parameters,
      warnings: this.#warnings,
    })
  }

  #header(payload: Buffer): void {
    this.#id = payload.readUInt32LE(1)
    const withEnd = (count: number): number => (count === 0 ? 0 : count + 1)
    this.#columnPackets = withEnd(payload.readUInt16LE(5))
    this.#parameters = payload.readUInt16LE(7)
    this.#parameterPackets = withEnd(this.#parameters)
    this.#warnings = payload.readUInt16LE(10)
  }
}
