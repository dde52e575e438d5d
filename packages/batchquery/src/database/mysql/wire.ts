import type { Socket } from 'node:net'
import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'

/**
 * The unpublished parts of a mysql2 connection that the row path needs. The driver logs in and runs every other
 * statement. While a result streams, its packet parser is replaced by ours, which reads rows in place in the socket's
 * chunks. The version of mysql2 is pinned exactly, and `wireOf` checks all of these parts.
 */
export interface Wire {
  readonly stream: Socket
  packetParser: ChunkConsumer
  readonly _command: { execute: () => boolean } | null
  readonly _mariadbExtendedMetadata: boolean
  handlePacket(): void
  addCommand(command: DriverCommand): void
  _resetSequenceId(): void
}

/** A command in the driver's queue. */
interface DriverCommand {
  /** Called when it is the command's turn, and for each packet of the answer. Returns whether the command is over. */
  execute(): boolean
  /** Called if the connection breaks. */
  onResult(error: Error): void
}

export interface ChunkConsumer {
  execute(chunk: Buffer): void
}

/** @throws INTERNAL if the driver is not the version that the row path was written for */
export function wireOf(connection: Connection): Wire {
  if (isWire(connection)) return connection
  throw new BatchQueryError('INTERNAL', 'the MySQL driver is not the version that batchquery needs', {
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
    typeof value.handlePacket === 'function' &&
    typeof value.addCommand === 'function' &&
    typeof value._resetSequenceId === 'function'
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** SQL to run, SQL to prepare, or the number of a prepared statement to run. */
export type Command = string | { readonly prepare: string } | { readonly execute: number }

/** The reply to a command, which bypasses the driver. */
export interface RawAnswer {
  pause(): void
  resume(): void
  /**
   * Ends the connection at once. (The driver's own `destroy` only closes our half, so the server would continue to
   * send.)
   */
  destroy(): void
  /** The reply has been read to its end, so the driver may use the connection again. */
  release(): void
}

/**
 * Sends a command on an idle connection and passes the chunks of the reply to `consumer`, until `release`.
 *
 * @param onLost called if the connection breaks before that
 */
export function sendRaw(
  connection: Connection,
  command: Command,
  consumer: ChunkConsumer,
  onLost: (error: Error) => void,
): RawAnswer {
  const wire = wireOf(connection)
  const driversParser = wire.packetParser
  const answered = (error: Error | null): void => {
    // A closed connection reports its error before a listener exists.
    if (error !== null) queueMicrotask(() => onLost(error))
  }
  if (typeof command === 'string') connection.query(command, answered)
  else if ('prepare' in command) connection.prepare(command.prepare, answered)
  else wire.addCommand(executing(wire, command.execute, answered))
  const sent = wire._command
  wire.packetParser = consumer
  return {
    pause: () => wire.stream.pause(),
    resume: () => wire.stream.resume(),
    destroy: () => wire.stream.destroy(),
    release: () => {
      wire.packetParser = driversParser
      if (sent === null) return
      sent.execute = () => true
      wire.handlePacket()
    },
  }
}

const COM_STMT_EXECUTE = 0x17
const NO_CURSOR = 0

/**
 * Runs a prepared statement without parameters. Without a cursor, its rows come as they are found.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html
 */
function executing(wire: Wire, id: number, onResult: DriverCommand['onResult']): DriverCommand {
  return {
    onResult,
    execute() {
      const command = Buffer.alloc(10)
      command[0] = COM_STMT_EXECUTE
      command.writeUInt32LE(id, 1)
      command[5] = NO_CURSOR
      command.writeUInt32LE(1, 6)
      wire._resetSequenceId()
      send(wire, command)
      return false
    },
  }
}

/** Sends a command that the server does not answer, on an idle connection. */
export const sendUnanswered = (connection: Connection, command: Uint8Array): void =>
  send(wireOf(connection), command)

function send({ stream }: Wire, command: Uint8Array): void {
  const header = Buffer.alloc(4)
  header.writeUIntLE(command.length, 0, 3)
  stream.write(Buffer.concat([header, command]))
}
