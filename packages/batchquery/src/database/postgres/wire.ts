import type { Duplex } from 'node:stream'
import type { Client } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import type { WatchedSocket } from '../silence-watch.ts'

/** Takes the chunks of the socket. */
export type ChunkConsumer = (chunk: Buffer) => void

/** A setting that the server tells whenever it changes. */
interface ParameterStatus {
  readonly parameterName: string
  readonly parameterValue: string
}

/**
 * The socket of a login, and what the row path needs of the driver without its publishing it: that one listener
 * reads the socket's chunks. That listener is called through here, so that for the length of a COPY the chunks go to
 * a reader of our own, which leaves all but the rows to the driver. The driver's parser would gather every message,
 * of any length, and make an object of it.
 *
 * Made between two statements, when the driver's parser has nothing left over.
 */
export class Wire implements WatchedSocket {
  readonly #stream: Duplex
  readonly #driver: ChunkConsumer
  readonly #settings = new Map<string, string>()
  #consumer: ChunkConsumer
  #bytesRead = 0

  /** @throws INTERNAL where the driver is not the one that the row path was written for */
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
  }

  /** The value of a setting, where it has changed since the login. */
  changedSetting(name: string): string | undefined {
    return this.#settings.get(name)
  }

  /** From the next chunk on they go to `consumer`, until `release`. */
  divert(consumer: ChunkConsumer): void {
    this.#consumer = consumer
  }

  release(): void {
    this.#consumer = this.#driver
  }

  /** Bytes of whole messages, or of pieces of one that come in order. The driver may keep them. */
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

  /** Ends the connection at once. The statement that runs on it fails, with the error where there is one. */
  destroy(error?: Error): void {
    this.#stream.destroy(error)
  }
}

function unknownDriver(): BatchQueryError {
  return new BatchQueryError(
    'INTERNAL',
    'the PostgreSQL driver is not the version that batchquery was built for',
    { hint: 'Install batchquery with exactly the dependencies of its package.json.' },
  )
}
