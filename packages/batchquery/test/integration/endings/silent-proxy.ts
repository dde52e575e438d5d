import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A proxy for a server. Its connections can fall silent: then no byte passes, and neither side sees an end. */
export class SilentProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isMute = false

  private constructor(server: Server) {
    this.#server = server
  }

  /** Starts a proxy that ends with the test. */
  static async start(port: number): Promise<SilentProxy> {
    const server = createServer({ allowHalfOpen: true })
    const proxy = new SilentProxy(server)
    server.on('connection', client => proxy.#join(client, connect({ port, allowHalfOpen: true })))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => proxy.#stop())
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    return address.port
  }

  /** Silences the open connections, but not new ones. */
  silence(): void {
    for (const socket of this.#sockets) socket.pause().unpipe()
  }

  /** Silences new connections too. */
  silenceAll(): void {
    this.silence()
    this.#isMute = true
  }

  #join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    }
    if (this.#isMute) return
    client.pipe(server)
    server.pipe(client)
  }

  #stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}
