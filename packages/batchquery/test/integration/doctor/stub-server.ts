import { createServer } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server that sends one text to every client that connects or sends something, and keeps what it receives. */
export async function startStub(
  answer: Uint8Array | string,
): Promise<{ port: number; received: () => Buffer }> {
  const received: Buffer[] = []
  const server = createServer(socket => {
    socket.on('error', () => {}).on('data', chunk => received.push(chunk))
    socket.write(answer)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    received: () => Buffer.concat(received),
  }
}

/** That of a MySQL that knows no TLS: protocol 10, a version, a session, a salt, capabilities without CLIENT_SSL. */
export function greeting(): Buffer {
  const capabilities = Buffer.from([0xff, 0xf7 & ~0x08, 0x2d, 0x02, 0x00, 0x0f, 0x00, 0x15])
  const payload = Buffer.concat([
    Buffer.from([10]),
    Buffer.from('5.5.0\0'),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('AAAAAAAA\0'),
    capabilities,
    Buffer.alloc(10),
    Buffer.from('BBBBBBBBBBBB\0'),
  ])
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload])
}
