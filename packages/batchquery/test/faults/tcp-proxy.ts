import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Direction = 'to server' | 'to client'

/** A fault of a connection at one byte of it. The earlier bytes have arrived. */
export type TcpFault =
  /** Both sides receive a reset (RST) at once. */
  | { readonly kind: 'cut' }
  /** Both sides see an orderly end (FIN), like that of a peer that has sent everything. */
  | { readonly kind: 'truncate' }
  /** No more bytes pass in either direction, and neither side sees an end. */
  | { readonly kind: 'stall' }
  /** One side receives a reset (RST), the other side receives nothing. */
  | { readonly kind: 'half-open'; readonly notified: 'client' | 'server' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** One bit of the byte is flipped. */
  | { readonly kind: 'flip' }
  /** The server receives everything and acts on it. Nothing comes back, and after a while both sides see a cut. */
  | { readonly kind: 'lose the answer'; readonly ms: number }
  /** Calls a function. The connection continues. */
  | { readonly kind: 'call'; readonly call: () => void }

/** Bytes and chunks are counted over all connections of the proxy, in one direction. */
export type Place = { readonly byte: number } | { readonly chunk: number }

/** Applies once. */
export interface TcpRule {
  readonly direction: Direction
  /** The first byte and the first chunk have the number 0. */
  readonly at: Place
  readonly fault: TcpFault
}

interface Upstream {
  readonly host: string
  readonly port: number
}

/**
 * A proxy in front of a server that causes the faults of networks in its clients' connections, with or without TLS.
 */
export class TcpProxy {
  readonly #server: Server
  readonly #upstream: Upstream
  readonly #connections = new Set<Connection>()
  #rules: TcpRule[] = []
  /** The number of bytes and chunks from either side. */
  readonly seen = { 'to server': { bytes: 0, chunks: 0 }, 'to client': { bytes: 0, chunks: 0 } }

  private constructor(upstream: Upstream, server: Server) {
    this.#upstream = upstream
    this.#server = server
    server.on('connection', (client: Socket) => this.#accept(client))
  }

  /**
   * @param server listens already, for instance in another network namespace @default - a port of the loopback
   *   interface
   */
  static async start(upstream: Upstream, server?: Server): Promise<TcpProxy> {
    const listening = server ?? createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    if (!listening.listening) await once(listening, 'listening')
    return new TcpProxy(upstream, listening)
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    return address.port
  }

  /** Whether a connection has fallen silent. */
  get isSilent(): boolean {
    return [...this.#connections].some(connection => connection.isSilent)
  }

  fail(rule: TcpRule): void {
    this.#rules.push(rule)
  }

  /** Removes all faults, also for new connections. Silent connections are cut. */
  heal(): void {
    this.#rules = []
    for (const connection of this.#connections) if (connection.isSilent) connection.cut()
  }

  /**
   * Behaves as if the machine of the clients were lost: the server receives nothing more from the existing
   * connections.
   */
  loseClients(): void {
    for (const connection of this.#connections) connection.silence()
  }

  async stop(): Promise<void> {
    this.#server.close()
    for (const connection of this.#connections) connection.cut()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    const connection = new Connection(
      client,
      connect({ ...this.#upstream, allowHalfOpen: true }),
      (direction, bytes) => this.#strikes(direction, bytes),
    )
    this.#connections.add(connection)
    void connection.ended.then(() => this.#connections.delete(connection))
  }

  /** Counts a chunk, and returns the faults that apply to it, by their place in it. */
  #strikes(direction: Direction, length: number): Strike[] {
    const seen = this.seen[direction]
    const strikes: Strike[] = []
    this.#rules = this.#rules.filter(rule => {
      if (rule.direction !== direction) return true
      const { at } = rule
      const offset = 'byte' in at ? at.byte - seen.bytes : at.chunk === seen.chunks ? 0 : -1
      if (offset < 0 || offset >= length) return true
      strikes.push({ offset, fault: rule.fault })
      return false
    })
    seen.bytes += length
    seen.chunks++
    return strikes.sort((one, other) => one.offset - other.offset)
  }
}

interface Strike {
  /** Within the chunk. */
  readonly offset: number
  readonly fault: TcpFault
}

/** Counts the received bytes, and returns the faults that apply to them. */
type Strikes = (direction: Direction, length: number) => readonly Strike[]

/**
 * Two sockets, and what passes between them:
 *
 *     open ──cut, truncate──▶ closed
 *       └──stall, half-open──▶ silent ──cut──▶ closed
 */
class Connection {
  readonly ended: Promise<unknown>
  readonly #client: Socket
  readonly #server: Socket
  readonly #strikes: Strikes
  #isSilent = false
  #losesAnswers = false

  constructor(client: Socket, server: Socket, strikes: Strikes) {
    this.#client = client
    this.#server = server
    this.#strikes = strikes
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
    }
    this.ended = Promise.all([client, server].map(socket => closed(socket)))
    void this.#pump('to server', client, server)
    void this.#pump('to client', server, client)
  }

  get isSilent(): boolean {
    return this.#isSilent
  }

  silence(): void {
    this.#isSilent = true
  }

  cut(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  async #pump(direction: Direction, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false }))
        if (!(await this.#carry(direction, chunk, to))) return
      if (!this.#isSilent) to.end()
    } catch {
      if (!this.#isSilent) this.cut()
    }
  }

  /** False if nothing more must be read. */
  async #carry(direction: Direction, chunk: Buffer, to: Socket): Promise<boolean> {
    let carried = 0
    for (const { offset, fault } of this.#strikes(direction, chunk.length)) {
      await this.#write(direction, chunk.subarray(carried, offset), to)
      carried = offset
      await this.#strike(fault, chunk, offset)
    }
    await this.#write(direction, chunk.subarray(carried), to)
    return !this.#isSilent && !to.destroyed
  }

  async #strike(fault: TcpFault, chunk: Buffer, offset: number): Promise<void> {
    switch (fault.kind) {
      case 'cut':
        return this.cut()
      case 'truncate':
        this.silence()
        this.#client.end(() => this.#client.destroy())
        this.#server.end(() => this.#server.destroy())
        return
      case 'stall':
        return this.silence()
      case 'half-open':
        this.silence()
        return void (fault.notified === 'client' ? this.#client : this.#server).resetAndDestroy()
      case 'delay':
        return sleep(fault.ms)
      case 'flip':
        chunk[offset] = (chunk[offset] ?? 0) ^ 0x10
        return
      case 'lose the answer':
        this.#losesAnswers = true
        setTimeout(() => this.cut(), fault.ms)
        return
      case 'call':
        return fault.call()
    }
  }

  async #write(direction: Direction, bytes: Buffer, to: Socket): Promise<void> {
    const isLost = this.#isSilent || (this.#losesAnswers && direction === 'to client')
    if (isLost || bytes.length === 0 || to.destroyed) return
    if (!to.write(bytes)) await drained(to)
  }
}

const closed = (socket: Socket): Promise<void> =>
  new Promise(resolve => socket.once('close', () => resolve()))

/** Resolves also when it is closed. */
function drained(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}
