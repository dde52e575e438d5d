import type { Connection } from 'mysql2'
import { ReceivedGarbage } from '../received-garbage.ts'
import { packetError, statementError } from './errors.ts'
import { PacketReader, type PayloadConsumer } from './packet-reader.ts'
import { type AnswerHandler, type StatementAnswer, StatementReader } from './statement-reader.ts'
import { type Command, sendRaw, wireOf } from './wire.ts'

/**
 * Runs any statement to its end.
 *
 * @param previewRows how many rows of each result are kept
 * @throws QUERY_FAILED, PERMISSION, DATABASE_LOST
 */
export function runStatement(
  connection: Connection,
  sql: string,
  previewRows: number,
): Promise<StatementAnswer> {
  return readAnswer<StatementAnswer>(
    connection,
    sql,
    (handler, extendedMetadata) => new StatementReader(handler, previewRows, extendedMetadata),
  )
}

/**
 * Sends a command and reads the answer to its end.
 *
 * @param readerFor makes the reader of the answer's payloads; it learns whether the connection negotiated MariaDB's extended metadata
 * @throws QUERY_FAILED, PERMISSION, DATABASE_LOST
 */
export function readAnswer<T>(
  connection: Connection,
  command: Command,
  readerFor: (handler: AnswerHandler<T>, extendedMetadata: boolean) => PayloadConsumer,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const handler: AnswerHandler<T> = {
      ended(result) {
        answer.release()
        resolve(result)
      },
      refused(packet) {
        answer.release()
        reject(packetError(packet))
      },
    }
    const reader = new PacketReader(readerFor(handler, wireOf(connection)._mariadbExtendedMetadata))
    const garbage = new ReceivedGarbage()
    const execute = (chunk: Buffer): void => {
      try {
        reader.consume(chunk, 0)
      } catch (error) {
        // The answer cannot be read to its end, so the connection is useless from now on.
        answer.destroy()
        reject(statementError(error))
      }
      garbage.received(chunk.length)
    }
    const answer = sendRaw(connection, command, { execute }, lost => reject(statementError(lost)))
  })
}
