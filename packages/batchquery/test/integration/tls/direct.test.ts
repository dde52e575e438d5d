import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { createServer } from 'node:tls'
import { expect, inject, onTestFinished, test } from 'vitest'
import { passwordCredentials } from '../../../src/database/password-credentials.ts'
import { PostgresDatabase } from '../../../src/database/postgres/postgres-database.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { verifyTls } from '../../../src/doctor/database/tls.ts'
import { adminPg } from '../../setup/postgres-client.ts'

function directUrl(port: number) {
  const { user, password, database, caFile } = inject('postgres')
  const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}&sslnegotiation=direct`
  return parseDatabaseUrl(`postgres://${user}:${password}@localhost:${port}/${database}?${tls}`)
}

async function logIn(port: number): Promise<void> {
  const url = directUrl(port)
  const session = await new PostgresDatabase(url, passwordCredentials(url, {})).connect('batchquery direct')
  await session.close()
}

/**
 * TLS from the first byte, in front of the real server. @returns its port, and the protocols that clients asked for
 */
async function startFront(): Promise<{ readonly port: number; readonly protocols: string[] }> {
  const { caFile, socket, port } = inject('postgres')
  const of = (kind: string) => readFile(join(dirname(caFile), `server.${kind}`))
  const protocols: string[] = []
  const ALPNCallback = ({ protocols: wanted }: { protocols: string[] }) => {
    protocols.push(...wanted)
    return 'postgresql'
  }
  const front = createServer({ cert: await of('pem'), key: await of('key'), ALPNCallback }, client => {
    const server = connect(`${socket}/.s.PGSQL.${port}`)
    for (const end of [client, server]) end.on('error', () => {})
    client.pipe(server).pipe(client)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  onTestFinished(() => void front.close())
  const address = front.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, protocols }
}

test('TLS begins at once, with the protocol of PostgreSQL, when the URL asks for it', async () => {
  const { port, protocols } = await startFront()
  await logIn(port)
  await expect(verifyTls(directUrl(port), new AbortController().signal)).resolves.toMatchObject({
    figure: expect.stringContaining('TLSv1.3'),
  })
  expect(protocols).toEqual(['postgresql', 'postgresql'])
})

test('a server of version 17 accepts the session, and the error names an older one as the cause', async () => {
  const admin = await adminPg()
  const { rows } = await admin.query<{ number: string }>(
    "SELECT current_setting('server_version_num') AS number",
  )
  await admin.end()
  const { port } = inject('postgres')
  if (Number(rows[0]?.number) >= 170_000) return logIn(port)
  const refused = { code: 'TLS', hint: expect.stringContaining('older than PostgreSQL 17') }
  await expect(logIn(port)).rejects.toMatchObject(refused)
  await expect(verifyTls(directUrl(port), new AbortController().signal)).rejects.toMatchObject(refused)
})
