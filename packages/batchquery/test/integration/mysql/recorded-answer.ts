import { type Connection, createConnection } from 'mysql2'
import { inject } from 'vitest'
import { ask } from '../../../src/database/mysql/ask.ts'
import { prepareStatement } from '../../../src/database/mysql/prepared-statement.ts'
import type { RowProtocol } from '../../../src/database/mysql/result-reader.ts'
import { type Command, sendRaw, wireOf } from '../../../src/database/mysql/wire.ts'

/** Reads an answer from its chunks. */
export interface AnswerReading {
  take(...chunks: Buffer[]): void
  /** Null until the answer has ended. */
  readonly ending: unknown
}

export interface RecordedAnswer {
  /** The bytes from the socket. */
  readonly answer: Buffer
  /** Whether the connection negotiated MariaDB's extended column metadata. */
  readonly extendedMetadata: boolean
}

/** The command that makes the server answer in this protocol. */
export const commandFor = async (
  connection: Connection,
  sql: string,
  protocol: RowProtocol,
): Promise<Command> => (protocol === 'text' ? sql : { execute: (await prepareStatement(connection, sql)).id })

/**
 * Records the bytes of the server's answer to a statement.
 *
 * @param read creates a reader that finds the end of the answer
 * @param before run first, in the same session
 */
export async function recordAnswer(
  sql: string,
  read: (extendedMetadata: boolean) => AnswerReading,
  { before = [], protocol = 'text' }: { before?: readonly string[]; protocol?: RowProtocol } = {},
): Promise<RecordedAnswer> {
  const connection = await connected()
  for (const statement of before) await ask(connection, statement)
  const command = await commandFor(connection, sql, protocol)
  const extendedMetadata = wireOf(connection)._mariadbExtendedMetadata
  const reading = read(extendedMetadata)
  const chunks: Buffer[] = []
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      chunks.push(chunk)
      reading.take(chunk)
      if (reading.ending !== null) resolve()
    }
    sendRaw(connection, command, { execute: take }, reject)
  })
  // Not its destroy(), which lets the server say goodbye.
  wireOf(connection).stream.destroy()
  return { answer: Buffer.concat(chunks), extendedMetadata }
}

/** A session without the settings of batchquery. */
export async function connected(): Promise<Connection> {
  const { port, user, password, database } = inject('mariadb')
  const connection = createConnection({ host: '127.0.0.1', port, user, password, database })
  await new Promise<void>((resolve, reject) =>
    connection.connect(error => (error ? reject(error) : resolve())),
  )
  return connection
}

/** The positions of the packet numbers. A reader refuses a wrong number. */
export function packetNumbers(answer: Buffer): number[] {
  const places: number[] = []
  for (let at = 0; at < answer.length; at += 4 + answer.readUIntLE(at, 3)) places.push(at + 3)
  return places
}
