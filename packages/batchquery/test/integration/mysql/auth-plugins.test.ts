import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { logIn, PASSWORD, Users, urlOf } from './users.ts'

const users = new Users()

/** The plugins of batchquery. A server has some of them. */
const PLUGINS = ['mysql_native_password', 'sha256_password', 'caching_sha2_password']

async function pluginsOfServer(): Promise<string[]> {
  const [rows] = await users.admin.query(
    `SELECT plugin_name AS name FROM information_schema.plugins WHERE plugin_type = 'AUTHENTICATION' AND plugin_status = 'ACTIVE'`,
  )
  return PLUGINS.filter(plugin => JSON.stringify(rows).includes(`"${plugin}"`))
}

const identifiedBy = (plugin: string, secret: string): string =>
  users.isMariadb && plugin === 'mysql_native_password'
    ? `IDENTIFIED VIA ${plugin} USING PASSWORD('${secret}')`
    : `IDENTIFIED WITH ${plugin} BY '${secret}'`

test('a user of each plugin logs in by TLS, by a socket and on this machine', async () => {
  const { socket, port } = inject('mariadb')
  const plugins = await pluginsOfServer()
  expect(plugins.length).toBeGreaterThan(0)
  for (const plugin of plugins) {
    for (const secret of ['', 'ß', 'long '.repeat(10)]) {
      for (const place of ['', `localhost/?socket=${socket}`, `127.0.0.1:${port}/?sslmode=disable`]) {
        // The server remembers enough of a logged-in user to ask only for a proof.
        const url = urlOf(await users.create('', identifiedBy(plugin, secret)), secret)
        await (await logIn(place === '' ? url : url.replace(/@.*/, `@${place}`))).close()
      }
    }
  }
})

test('a user of each plugin is refused with a wrong password', async () => {
  for (const plugin of await pluginsOfServer()) {
    const user = await users.create('', identifiedBy(plugin, PASSWORD))
    await expect(logIn(urlOf(user, 'wrong'))).rejects.toMatchObject({ code: 'AUTHENTICATION' })
  }
})

test('a secret leaves this machine without TLS only as a proof, or for the key of the URL', async () => {
  const { port } = inject('mariadb')
  const [[variable]] = JSON.parse(
    JSON.stringify(await users.admin.query("SHOW STATUS LIKE 'Caching_sha2_password_rsa_public_key'")),
  )
  const key: string | undefined = variable?.Value
  for (const plugin of await pluginsOfServer()) {
    const user = await users.create('', identifiedBy(plugin, PASSWORD))
    const off = `mysql://${user}:${PASSWORD}@0.0.0.0:${port}/?sslmode=disable`
    if (plugin === 'mysql_native_password') {
      await (await logIn(off)).close()
      continue
    }
    await expect(logIn(off)).rejects.toMatchObject({
      code: 'INSECURE',
      hint: expect.stringContaining('server-public-key-path=FILE'),
    })
    await (await logIn(`${off}&server-public-key-path=${await keyFile(key ?? '')}`)).close()
    // From now on the server knows the user of caching_sha2_password, so a proof is enough.
    if (plugin === 'caching_sha2_password') await (await logIn(off)).close()
    else await expect(logIn(off)).rejects.toMatchObject({ code: 'INSECURE' })
  }
})

async function keyFile(pem: string | Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-key-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'public_key.pem'), pem)
  return join(folder, 'public_key.pem')
}

test('the error names a key that is invalid, or not that of the server', async () => {
  const { port, caFile } = inject('mariadb')
  const [plugin = ''] = (await pluginsOfServer()).slice(-1)
  const user = await users.create('', identifiedBy(plugin, PASSWORD))
  const by = (path: string) =>
    logIn(`mysql://${user}:wrong@0.0.0.0:${port}/?sslmode=disable&server-public-key-path=${path}`)
  await expect(by('/no/such.pem')).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringContaining('"/no/such.pem" is not readable'),
  })
  for (const file of [await keyFile('nothing'), caFile])
    await expect(by(file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('has no RSA public key'),
    })
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await expect(by(await keyFile(publicKey.export({ type: 'spki', format: 'pem' })))).rejects.toMatchObject({
    code: 'AUTHENTICATION',
    hint: expect.stringContaining("server-public-key-path names the server's current key"),
  })
})
