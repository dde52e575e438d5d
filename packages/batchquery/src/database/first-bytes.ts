import type { Socket } from 'node:net'

/**
 * Collects the first bytes of a server, until `isWhole` accepts them.
 *
 * @throws ECONNRESET if the server closes the connection before; errors of the network
 */
export function firstBytes(socket: Socket, isWhole: (bytes: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0)
    const finish = (): void => {
      socket.off('data', take).off('close', close).off('error', fail)
    }
    const take = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk])
      if (!isWhole(bytes)) return
      finish()
      resolve(bytes)
    }
    const fail = (error: Error): void => {
      finish()
      reject(error)
    }
    const close = (): void =>
      fail(Object.assign(new Error('the server closed the connection at once'), { code: 'ECONNRESET' }))
    socket.on('data', take).on('close', close).on('error', fail)
  })
}
