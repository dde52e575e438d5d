import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** The actions of an attacker between client and server. The attacker sees bytes as without TLS. */
export interface Attack {
  /** Changes the server's first message. */
  readonly greeting?: (bytes: Buffer) => Buffer
  /** Replies to the client's first message instead of the server, which never receives it. */
  readonly answer?: (bytes: Buffer) => Buffer | null
  /** The number of chunks after which the server is silenced. @default - never */
  readonly muteAfter?: number
}

/** Passes on the messages of client and server, and keeps those of the client. */
export class ManInTheMiddle {
  readonly #server: Server
  readonly #heard: Buffer[] = []
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** Ends with the test. */
  static async before(port: number, attack: Attack = {}): Promise<ManInTheMiddle> {
    const server = createServer()
    const between = new ManInTheMiddle(server)
    server.on('connection', client => between.#join(client, connect(port, '127.0.0.1'), attack))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => between.#stop())
    return between
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    return address.port
  }

  /** All that clients have sent. */
  get heard(): Buffer {
    return Buffer.concat(this.#heard)
  }

  #join(client: Socket, server: Socket, { greeting, answer, muteAfter }: Attack): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    }
    client.on('close', () => server.destroy())
    server.on('close', () => client.end())
    let chunks = 0
    server.on('data', bytes => {
      chunks += 1
      if (muteAfter !== undefined && chunks > muteAfter) return
      client.write(chunks === 1 && greeting !== undefined ? greeting(bytes) : bytes)
    })
    let isClientsFirst = true
    client.on('data', bytes => {
      this.#heard.push(bytes)
      const own = isClientsFirst ? (answer?.(bytes) ?? null) : null
      isClientsFirst = false
      if (own === null) server.write(bytes)
      else client.write(own)
    })
  }

  #stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

const RECORD_HEADER = 5
/** https://www.rfc-editor.org/rfc/rfc8446#section-5.1 */
const APPLICATION_DATA = 23

/**
 * How many encrypted bytes a client sent: the end of its handshake, the final alert, and any message to the server.
 * Encrypted bytes are no shorter than their content.
 *
 * @param start the position of the first TLS record
 */
export function encryptedBytes(heard: Buffer, start: number): number {
  let sum = 0
  for (let at = start; at + RECORD_HEADER <= heard.length; ) {
    const length = heard.readUInt16BE(at + 3)
    if (heard[at] === APPLICATION_DATA) sum += length
    at += RECORD_HEADER + length
  }
  return sum
}
