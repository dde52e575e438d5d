import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import dns from 'node:dns'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SecureContextOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../../../src/config/index.ts'
import { type Certificates, makeCertificates, signCertificate } from '../../setup/certificates.ts'
import { withAws } from '../iam/aws-environment.ts'
import { ASKING, RogueMysql } from './rogue-mysql.ts'

const SECRET = `secret_ß_${randomUUID()}`
const RDS = 'db01.c9akciq32rqx.us-east-1.rds.amazonaws.com'
const MARK = 'batchquery rogue'

let folder: string
let certificates: Certificates
let good: SecureContextOptions
let ofOtherHost: SecureContextOptions
let ofRds: SecureContextOptions
let foreignKey: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchquery-rogue-'))
  certificates = await makeCertificates(join(folder, 'tls'))
  await signCertificate(certificates.folder, 'other', { names: 'DNS:other.example.com' })
  await signCertificate(certificates.folder, 'rds', { names: `DNS:${RDS}` })
  const of = async (name: string) => ({
    cert: await readFile(join(certificates.folder, `${name}.pem`)),
    key: await readFile(join(certificates.folder, `${name}.key`)),
  })
  good = await of('server')
  ofOtherHost = await of('other')
  ofRds = await of('rds')
  foreignKey = join(folder, 'public_key.pem')
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(foreignKey, publicKey.export({ type: 'spki', format: 'pem' }))
})

afterAll(() => rm(folder, { recursive: true }))

/** The error of a login. */
async function refusalOf(url: string): Promise<unknown> {
  const database = await openDatabase(url, { MYSQL_PWD: SECRET }, '/')
  return database.connect(MARK).catch((error: unknown) => error)
}

const known = (mode: string) => `sslmode=${mode}&sslrootcert=${certificates.caFile}`

describe.each(ASKING)('a server that asks by %s', plugin => {
  test.each<[string, string, () => SecureContextOptions | null, () => string, string]>([
    ['without TLS', '0.0.0.0', () => null, () => 'sslmode=disable', 'INSECURE'],
    ['with the name of another host', 'localhost', () => ofOtherHost, () => known('verify-full'), 'TLS'],
    ['where TLS is wanted, without TLS', 'localhost', () => null, () => known('verify-full'), 'TLS'],
  ])('receives no secret %s', async (_, host, tls, settings, code) => {
    const rogue = await RogueMysql.start(plugin, tls())
    expect(await refusalOf(`mysql://u@${host}:${rogue.port}/d?${settings()}`)).toMatchObject({ code })
    expect(rogue.heard.includes(SECRET)).toBe(false)
  })

  test('receives no secret that is encrypted with the key of another server', async () => {
    const rogue = await RogueMysql.start(plugin, null)
    const settings = `sslmode=disable&server-public-key-path=${foreignKey}`
    const error = await refusalOf(`mysql://u@0.0.0.0:${rogue.port}/d?${settings}`)
    expect(error).toMatchObject({ code: plugin === 'mysql_clear_password' ? 'INSECURE' : 'AUTHENTICATION' })
    expect(rogue.heard.includes(SECRET)).toBe(false)
  })

  test('receives no secret under verify-ca with a public authority', async () => {
    const rogue = await RogueMysql.start(plugin, ofOtherHost)
    // Node reads its trusted authorities when a process begins.
    const env = { ...process.env, MYSQL_PWD: SECRET, NODE_EXTRA_CA_CERTS: certificates.caFile }
    const login = new URL('./log-in-once.ts', import.meta.url).pathname
    const url = `mysql://u@localhost:${rogue.port}/d?sslmode=verify-ca`
    const code = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ['--import', 'tsx', login, url], { env }, (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      )
    })
    expect(code).toBe('INSECURE')
    expect(rogue.heard.includes(SECRET)).toBe(false)
    expect(rogue.heard.length).toBeGreaterThan(0)
  })

  test('receives no password and no token under verify-ca with a name of RDS', async () => {
    const rogue = await RogueMysql.start(plugin, ofRds)
    const url = `mysql://u@${RDS}:${rogue.port}/d?${known('verify-ca')}`
    await atThisMachine(RDS, async () => {
      expect(await refusalOf(url)).toMatchObject({ code: 'INSECURE' })
      await withAws({ accessKeyId: 'AK', secretAccessKey: 'SK', sessionToken: 'ST' }, async () => {
        expect(await refusalOf(`${url}&auth=iam`)).toMatchObject({ code: 'INSECURE' })
      })
    })
    expect(rogue.heard.includes(SECRET)).toBe(false)
    expect(rogue.heard.includes('X-Amz-Signature')).toBe(false)
  })

  test('receives no token without TLS, even on this machine', async () => {
    const rogue = await RogueMysql.start(plugin, null)
    await withAws({ accessKeyId: 'AK', secretAccessKey: 'SK', sessionToken: 'ST' }, async () => {
      const settings = 'sslmode=disable&auth=iam&region=us-east-1'
      const error = await refusalOf(`mysql://u@127.0.0.1:${rogue.port}/d?${settings}`)
      expect(error).toMatchObject({ code: 'INSECURE', hint: 'Write sslmode=verify-full into the URL.' })
    })
    expect(rogue.heard.includes('X-Amz-Signature')).toBe(false)
  })

  test.each<[string, () => SecureContextOptions, string]>([
    ['verify-full', () => good, 'localhost'],
    ['verify-ca', () => ofOtherHost, '0.0.0.0'],
  ])('receives the secret under %s with its own authority', async (mode, tls, host) => {
    const rogue = await RogueMysql.start(plugin, tls())
    const error = await refusalOf(`mysql://u@${host}:${rogue.port}/d?${known(mode)}`)
    expect(error).toMatchObject({ code: 'AUTHENTICATION' })
    expect(rogue.heard.includes(SECRET)).toBe(true)
  })

  test('receives the secret through a socket', async () => {
    const path = join(folder, `${plugin}.sock`)
    const rogue = await RogueMysql.start(plugin, null, path)
    expect(await refusalOf(`mysql://u@localhost/d?socket=${path}`)).toMatchObject({ code: 'AUTHENTICATION' })
    expect(rogue.heard.includes(SECRET)).toBe(true)
  })
})

test('a server on this machine receives a password encrypted with its own key, and none in clear text', async () => {
  for (const plugin of ASKING) {
    const isRemoved = plugin === 'mysql_clear_password'
    const rogue = await RogueMysql.start(plugin, null)
    const error = await refusalOf(`mysql://u@127.0.0.1:${rogue.port}/d`)
    expect(error).toMatchObject({ code: isRemoved ? 'INSECURE' : 'AUTHENTICATION' })
    expect(rogue.heard.includes(SECRET)).toBe(!isRemoved)
  }
})

test.each(['client_ed25519', 'parsec', 'dialog', 'mysql_old_password', 'auth_gssapi_client', 'toString'])(
  'a server that asks by %s receives no secret, and the error names the plugin',
  async plugin => {
    const rogue = await RogueMysql.start(plugin, good)
    const error = await refusalOf(`mysql://u@localhost:${rogue.port}/d?${known('verify-full')}`)
    expect(error).toMatchObject({ code: 'AUTHENTICATION', message: expect.stringContaining(plugin) })
    expect(rogue.heard.includes(SECRET)).toBe(false)
  },
)

/** Does the work while a name leads to this machine. */
async function atThisMachine(name: string, work: () => Promise<void>): Promise<void> {
  const lookup = dns.lookup
  const led = vi
    .spyOn(dns, 'lookup')
    .mockImplementation(
      Object.assign(
        (...args: Parameters<typeof lookup>) =>
          Reflect.apply(lookup, dns, args.with(0, args[0] === name ? '127.0.0.1' : args[0])),
        { __promisify__: lookup.__promisify__ },
      ),
    )
  try {
    await work()
  } finally {
    led.mockRestore()
  }
}
