import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { mayTellSecret } from '../../../src/database/insecure.ts'
import {
  certificateExpiries,
  rdsAuthorities,
  rdsAuthorityExpiries,
} from '../../../src/database/rds-authorities.ts'
import { tlsPolicy } from '../../../src/database/tls.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'

const RDS = 'db01.c9akciq32rqx.us-east-1.rds.amazonaws.com'
const [PUBLIC = ''] = rootCertificates

async function certificateFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-tls-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'ca.pem')
  await writeFile(path, PUBLIC)
  return path
}
const policyOf = (url: string) => tlsPolicy(parseDatabaseUrl(url))

test('a host of RDS is known by the authorities of RDS alone', async () => {
  const ca = (await rdsAuthorities()).join('\n')
  for (const scheme of ['mysql', 'postgres'])
    expect(await policyOf(`${scheme}://u@${RDS}/d`)).toEqual({ ca, verifyHost: true })
})

test('a host of RDS is checked against the authorities of sslrootcert, too', async () => {
  const file = await certificateFile()
  const ca = [...(await rdsAuthorities()), PUBLIC].join('\n')
  expect(await policyOf(`mysql://u@${RDS}/d?sslrootcert=${file}`)).toEqual({ ca, verifyHost: true })
  expect(await policyOf(`mysql://u@h/d?sslrootcert=${file}`)).toEqual({ ca: PUBLIC, verifyHost: true })
})

test('any other host is known by the authorities that Node trusts', async () => {
  expect(await policyOf('mysql://u@h/d')).toEqual({ ca: undefined, verifyHost: true })
})

test('the bundle has the authorities of all regions, with their expiry dates', async () => {
  const expiries = await rdsAuthorityExpiries()
  const regional = expiries.filter(({ subject }) => /RSA2048 G1/.test(subject))
  expect(regional.length).toBeGreaterThan(25)
  // Those of today's databases are made for decades: a bundle without them is too old to be shipped.
  expect(Math.min(...regional.map(({ notAfter }) => notAfter.getUTCFullYear()))).toBeGreaterThan(2050)
  const times = expiries.map(({ notAfter }) => notAfter.getTime())
  expect(times).toEqual([...times].sort((a, b) => a - b))
})

test('the expiries of a file with several certificates', () => {
  const two = rootCertificates.slice(0, 2)
  const expiries = certificateExpiries([`a comment\n${two.join('\n')}`])
  expect(expiries.map(({ notAfter }) => notAfter.toISOString()).sort()).toEqual(
    two.map(pem => new Date(new X509Certificate(pem).validTo).toISOString()).sort(),
  )
  for (const { subject } of expiries) expect(subject).not.toContain('\n')
})

test.each([
  ['mysql://u@h/d', true],
  [`mysql://u@${RDS}/d?auth=iam`, true],
  ['mysql://u@localhost/d?socket=/run/m.sock', true],
  ['mysql://u@h/d?sslmode=verify-ca&sslrootcert=own.pem', true],
  ['mysql://u@h/d?sslmode=verify-ca', false],
  [`mysql://u@${RDS}/d?sslmode=verify-ca`, false],
  [`mysql://u@${RDS}/d?sslmode=verify-ca&sslrootcert=own.pem`, false],
  ['mysql://u@localhost/d', false],
  ['mysql://u@h/d?sslmode=disable', false],
])('%s: a connection may carry a secret in clear text: %s', (url, may) => {
  expect(mayTellSecret(parseDatabaseUrl(url))).toBe(may)
})

describe('a file of certificates that OpenSSL would read in part, or not at all, is refused:', () => {
  const [one = '', two = ''] = rootCertificates
  test.each<[what: string, content: string | Uint8Array, why: string]>([
    ['empty', '', 'is empty'],
    ['no certificate', 'nothing', 'contains no certificate'],
    ['a byte order mark', `\ufeff${one}\n${two}`, 'begins with a byte order mark (BOM)'],
    ['UTF-16', Buffer.from(`\ufeff${one}`, 'utf16le'), 'is not text in UTF-8'],
    [
      'cut',
      `${one}\n${two.slice(0, 300)}`,
      'contains 2 certificates, and at least one of them is not readable',
    ],
    [
      'damaged',
      `${one}\n${two.replace(/\n.{20}/, '\nAAAA')}`,
      'contains 2 certificates, and at least one of them is not readable',
    ],
  ])('%s', async (_, content, why) => {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-tls-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'ca.pem')
    await writeFile(file, content)
    const policy = policyOf(`mysql://u@h/d?sslrootcert=${file}`)
    await expect(policy).rejects.toMatchObject({ code: 'CONFIG', hint: expect.stringContaining('PEM form') })
    await expect(policy).rejects.toThrow(why)
  })

  test('and with CRLF it is read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-tls-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'ca.pem')
    const content = `# ours\r\n${one.replaceAll('\n', '\r\n')}\r\n`
    await writeFile(file, content)
    expect(await policyOf(`mysql://u@h/d?sslrootcert=${file}`)).toEqual({ ca: content, verifyHost: true })
  })
})
