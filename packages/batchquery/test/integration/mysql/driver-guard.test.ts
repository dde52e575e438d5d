import { createRequire } from 'node:module'
import { type Connection, createConnection } from 'mysql2'
import { expect, inject, test } from 'vitest'
import { PacketReader } from '../../../src/database/mysql/packet-reader.ts'
import { sendRaw, wireOf } from '../../../src/database/mysql/wire.ts'
import { numbers } from '../../setup/mysql-numbers.ts'

/*
 * Checks the undocumented parts of mysql2 that the row path uses (src/database/mysql/wire.ts). If a new version
 * of the driver fails here, review the row path before you raise the version.
 */

async function connect(): Promise<Connection> {
  const { port, user, password, database } = inject('mariadb')
  const connection = createConnection({ host: '127.0.0.1', port, user, password, database })
  await new Promise<void>((resolve, reject) =>
    connection.connect(error => (error ? reject(error) : resolve())),
  )
  return connection
}

test('the row path was written for this version', () => {
  const manifest: unknown = createRequire(import.meta.url)('mysql2/package.json')
  expect(manifest).toMatchObject({ version: '3.24.6' })
})

test('a connection that lacks any of these parts is refused', async () => {
  const connection = await connect()
  expect(wireOf(connection)).toBe(connection)
  for (const name of [
    'stream',
    'packetParser',
    '_command',
    '_mariadbExtendedMetadata',
    'handlePacket',
    'addCommand',
    '_resetSequenceId',
  ]) {
    const without = new Proxy(connection, {
      has: (target, key) => key !== name && Reflect.has(target, key),
      get: (target, key) => (key === name ? undefined : Reflect.get(target, key)),
    })
    expect(() => wireOf(without)).toThrow(expect.objectContaining({ code: 'INTERNAL' }))
  }
  connection.destroy()
})

test('a raw answer gets every byte of the socket, and queued commands run after it', async () => {
  const connection = await connect()
  const received = { chunks: 0, bytes: 0 }
  let packets = 0
  const reader = new PacketReader({
    largestWhole: 0xffffff,
    rows: 0,
    rowPackets: (_chunk, start) => start,
    whole: (bytes, start, end) => {
      // The column count, one column and its end came before. A packet of this kind and length ends the rows.
      if (++packets > 3 && bytes[start] === 0xfe && end - start < 9) raw.release()
      return true
    },
    startPieces: () => true,
    piece: (_bytes, _start, end) => end,
    endPieces: () => true,
  })
  const lost: Error[] = []
  const before = wireOf(connection).packetParser
  const raw = sendRaw(
    connection,
    `SELECT seq FROM ${numbers(100_000)}`,
    {
      execute: chunk => {
        received.chunks++
        received.bytes += chunk.length
        reader.consume(chunk, 0)
      },
    },
    error => lost.push(error),
  )
  const queue = connection.promise()
  const queued = [1, 2, 3].map(number => queue.query(`SELECT ${number} AS n`))
  expect((await Promise.all(queued)).map(([rows]) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]])
  expect(packets).toBe(100_000 + 4)
  expect(received.chunks).toBeGreaterThan(1)
  expect(received.bytes).toBeGreaterThan(100_000 * 6)
  expect(wireOf(connection).packetParser).toBe(before)
  expect(lost).toEqual([])
  const [rows] = await connection.promise().execute('SELECT ? AS a', [7])
  expect(rows).toMatchObject([{ a: 7 }])
  connection.destroy()
})
