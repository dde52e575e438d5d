import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Part of every statement of a task, and of no other statement. */
const MARK = Buffer.from('/* batchquery ')

/** A proxy in front of a database that records when the first statement of a task passes, in clear text. */
export class FirstStatement {
  /** By `performance.now()`; null before. */
  seenAt: number | null = null
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(database: { readonly host: string; readonly port: number }) {
    this.#server = createServer(client => {
      const upstream = connect(database.port, database.host)
      this.#join(client, upstream)
      client.on('data', chunk => {
        if (this.seenAt === null && chunk.includes(MARK)) this.seenAt = performance.now()
      })
    })
  }

  static async before(database: { readonly host: string; readonly port: number }): Promise<FirstStatement> {
    const proxy = new FirstStatement(database)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    return address.port
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #join(client: Socket, upstream: Socket): void {
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => to.destroy())
      from.once('close', () => this.#sockets.delete(from))
      from.pipe(to)
    }
  }
}
