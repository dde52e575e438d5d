import type { Connection } from 'mysql2'
import { ReceivedGarbage } from '../received-garbage.ts'
import { packetError, statementError } from './errors.ts'
import { PacketReader } from './packet-reader.ts'
import { type StatementAnswer, StatementReader } from './statement-reader.ts'
import { sendRaw, wireOf } from './wire.ts'

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
  return new Promise((resolve, reject) => {
    const handler = {
      ended(result: StatementAnswer) {
        answer.release()
        resolve(result)
      },
      refused(packet: Buffer) {
        answer.release()
        reject(packetError(packet))
      },
    }
    const extendedMetadata = wireOf(connection)._mariadbExtendedMetadata
    const reader = new PacketReader(new StatementReader(handler, previewRows, extendedMetadata))
    const garbage = new ReceivedGarbage()
    const execute = (chunk: Buffer): void => {
      try {
        reader.consume(chunk, 0)
      } catch (error) {
        // The answer cannot be read to its end: the connection is of no use any more.
        answer.destroy()
        reject(statementError(error))
      }
      garbage.received(chunk.length)
    }
    const answer = sendRaw(connection, sql, { execute }, lost => reject(statementError(lost)))
  })
}
