import { type Connection, createConnection } from 'mysql2'
import { inject } from 'vitest'
import { ask } from '../../../src/database/mysql/ask.ts'
import { sendRaw, wireOf } from '../../../src/database/mysql/wire.ts'

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

/**
 * Records the bytes of the server's answer to a statement.
 *
 * @param read creates a reader that finds the end of the answer
 * @param before run first, in the same session
 */
export async function recordAnswer(
  sql: string,
  read: (extendedMetadata: boolean) => AnswerReading,
  ...before: string[]
): Promise<RecordedAnswer> {
  const connection = await connected()
  for (const statement of before) await ask(connection, statement)
  const extendedMetadata = wireOf(connection)._mariadbExtendedMetadata
  const reading = read(extendedMetadata)
  const chunks: Buffer[] = []
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      chunks.push(chunk)
      reading.take(chunk)
      if (reading.ending !== null) resolve()
    }
    sendRaw(connection, sql, { execute: take }, reject)
  })
  // Not its destroy(), which lets the server say goodbye.
  wireOf(connection).stream.destroy()
  return { answer: Buffer.concat(chunks), extendedMetadata }
}

async function connected(): Promise<Connection> {
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
