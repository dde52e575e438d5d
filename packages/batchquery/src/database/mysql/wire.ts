import type { Socket } from 'node:net'
import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'

/**
 * What the row path needs of a mysql2 connection and mysql2 does not publish. The driver logs in and runs every
 * other statement; while a result is streamed its packet parser is swapped for our own, which reads rows where
 * they lie in the socket's chunks. The version of mysql2 is pinned exactly, and `wireOf` looks at all of it.
 */
export interface Wire {
  readonly stream: Socket
  packetParser: ChunkConsumer
  readonly _command: { execute: () => boolean } | null
  readonly _mariadbExtendedMetadata: boolean
  handlePacket(): void
}

export interface ChunkConsumer {
  execute(chunk: Buffer): void
}

/**
 * @throws INTERNAL where the driver is not the one that the row path was written for
 */
export function wireOf(connection: Connection): Wire {
  if (isWire(connection)) return connection
  throw new BatchQueryError('INTERNAL', 'the MySQL driver is not the version that batchquery was built for', {
    hint: 'Install batchquery with exactly the dependencies of its package.json.',
  })
}

function isWire(value: unknown): value is Wire {
  return (
    isRecord(value) &&
    isRecord(value.stream) &&
    typeof value.stream.pause === 'function' &&
    typeof value.stream.destroy === 'function' &&
    isRecord(value.packetParser) &&
    typeof value.packetParser.execute === 'function' &&
    '_command' in value &&
    typeof value._mariadbExtendedMetadata === 'boolean' &&
    typeof value.handlePacket === 'function'
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** A query whose answer goes past the driver. */
export interface RawAnswer {
  pause(): void
  resume(): void
  /** Ends the connection at once. (The driver's own `destroy` only closes our half: the server would send on.) */
  destroy(): void
  /** The answer is read to its end: the driver may use the connection again. */
  release(): void
}

/**
 * Sends a query on an idle connection and hands the chunks of the answer to `consumer`, until `release`.
 *
 * @param onLost called where the connection breaks before that
 */
export function sendRaw(
  connection: Connection,
  sql: string,
  consumer: ChunkConsumer,
  onLost: (error: Error) => void,
): RawAnswer {
  const wire = wireOf(connection)
  const driversParser = wire.packetParser
  connection.query(sql, error => {
    // A connection that is closed already says so before there is anything to take it.
    if (error !== null) queueMicrotask(() => onLost(error))
  })
  const command = wire._command
  wire.packetParser = consumer
  return {
    pause: () => wire.stream.pause(),
    resume: () => wire.stream.resume(),
    destroy: () => wire.stream.destroy(),
    release: () => {
      wire.packetParser = driversParser
      if (command === null) return
      command.execute = () => true
      wire.handlePacket()
    },
  }
}
