import type { Duplex } from 'node:stream'
import type { Client } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import type { WatchedSocket } from '../silence-watch.ts'

/** Takes the chunks of the socket. */
export type ChunkConsumer = (chunk: Buffer) => void

/** A setting that the server reports whenever it changes. */
interface ParameterStatus {
  readonly parameterName: string
  readonly parameterValue: string
}

/**
 * The socket of a login, and one unpublished part of the driver that the row path needs: the driver's listener for
 * the socket's chunks. This class calls that listener, so that during a COPY it can pass the chunks to our own reader
 * instead, which passes everything except rows back to the driver. The driver's parser would collect every message,
 * of any length, and make an object of it.
 *
 * Create it between two statements, when the driver's parser has no remaining bytes.
 */
export class Wire implements WatchedSocket {
  readonly #stream: Duplex
  readonly #driver: ChunkConsumer
  readonly #settings = new Map<string, string>()
  #isInTransaction = false
  #consumer: ChunkConsumer
  #bytesRead = 0

  /** @throws INTERNAL if the driver is not the version that the row path was written for */
  constructor({ connection }: Client) {
    const { stream } = connection
    const [driver, ...others] = stream.listeners('data')
    if (driver === undefined || others.length > 0) throw unknownDriver()
    this.#stream = stream
    this.#driver = chunk => {
      Reflect.apply(driver, stream, [chunk])
    }
    this.#consumer = this.#driver
    stream.removeAllListeners('data')
    stream.on('data', (chunk: Buffer) => {
      this.#bytesRead += chunk.length
      this.#consumer(chunk)
    })
    connection.on('parameterStatus', ({ parameterName, parameterValue }: ParameterStatus) =>
      this.#settings.set(parameterName, parameterValue),
    )
    // I: idle, T: in a transaction, E: in one that failed.
    connection.on('readyForQuery', ({ status }: { status: string }) => {
      this.#isInTransaction = status !== 'I'
    })
  }

  /** Whether a transaction was open after the last statement. */
  get isInTransaction(): boolean {
    return this.#isInTransaction
  }

  /** The value of a setting. Undefined if it has not changed since the login. */
  changedSetting(name: string): string | undefined {
    return this.#settings.get(name)
  }

  /** Passes the chunks to `consumer`, from the next one until `release`. */
  divert(consumer: ChunkConsumer): void {
    this.#consumer = consumer
  }

  release(): void {
    this.#consumer = this.#driver
  }

  /** Passes bytes of whole messages, or pieces of one in order, to the driver. The driver may keep them. */
  toDriver(bytes: Buffer): void {
    this.#driver(bytes)
  }

  get bytesRead(): number {
    return this.#bytesRead
  }

  isPaused(): boolean {
    return this.#stream.isPaused()
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  /** Ends the connection at once. The running statement fails, with the error if there is one. */
  destroy(error?: Error): void {
    this.#stream.destroy(error)
  }
}

function unknownDriver(): BatchQueryError {
  return new BatchQueryError('INTERNAL', 'the PostgreSQL driver is not the version that batchquery needs', {
    hint: 'Install batchquery with exactly the dependencies of its package.json.',
  })
}
