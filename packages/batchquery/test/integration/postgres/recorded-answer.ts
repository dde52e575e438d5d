import { Client } from 'pg'
import { inject } from 'vitest'
import { Wire } from '../../../src/database/postgres/wire.ts'

/**
 * The bytes of the server's answer to a statement, from the socket.
 *
 * @param isOver takes each chunk, and says whether it is the last one
 */
export async function recordAnswer(statement: string, isOver: (chunk: Buffer) => boolean): Promise<Buffer> {
  const { socket: host, port, user, password, database } = inject('postgres')
  const client = new Client({ host, port, user, password, database })
  client.on('error', () => {})
  await client.connect()
  await client.query(`CREATE FUNCTION pg_temp.noisy(n int) RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE NOTICE 'at %', n; RETURN n; END $$`)
  const wire = new Wire(client)
  const chunks: Buffer[] = []
  await new Promise<void>(resolve => {
    wire.divert(chunk => {
      chunks.push(chunk)
      if (isOver(chunk)) resolve()
    })
    client.connection.query(statement)
  })
  client.connection.stream.destroy()
  return Buffer.concat(chunks)
}
