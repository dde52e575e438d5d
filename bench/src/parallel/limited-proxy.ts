import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A proxy before a database that passes on only so many bytes per second from the server for each connection. */
export interface LimitedProxy {
  readonly port: number
  stop(): Promise<void>
}

/** A connection that was idle may send so much at once. Seconds. */
const BURST = 0.05

/** @param port of the server on 127.0.0.1 */
export async function startLimitedProxy(port: number, bytesPerSecond: number): Promise<LimitedProxy> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, client => {
    const upstream = tcpConnect({ port, host: '127.0.0.1', allowHalfOpen: true })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      // The other end sees it.
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    void passLimited(upstream, client, bytesPerSecond).catch(() => client.destroy())
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return { port: portOf(server), stop: () => stop(server, sockets) }
}

async function passLimited(from: Socket, to: Socket, bytesPerSecond: number): Promise<void> {
  let due = performance.now()
  for await (const chunk of from) {
    if (!to.write(chunk)) await new Promise(resolve => to.once('drain', resolve))
    due = Math.max(due, performance.now() - BURST * 1000) + (chunk.length / bytesPerSecond) * 1000
    const early = due - performance.now()
    if (early > 1) await sleep(early)
  }
  to.end()
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return address.port
}

async function stop(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise(resolve => server.close(resolve))
  for (const socket of sockets) socket.destroy()
  await closed
}
