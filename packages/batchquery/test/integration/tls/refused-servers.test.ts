import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/config/index.ts'
import { passwordCredentials } from '../../../src/database/password-credentials.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { type Attack, encryptedBytes, ManInTheMiddle } from './man-in-the-middle.ts'
import { type Certificate, MARIADB, MARK, PASSWORD, POSTGRES, type TlsServer } from './servers.ts'

/** The end of a handshake and an alert. A login with names of fifty characters is longer. */
const WITHOUT_LOGIN = 150

describe.each([MARIADB, POSTGRES])('$name', ({ start, startWithoutTls, open, request, downgrade }) => {
  let server: TlsServer

  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server.stop())

  /** Connects through an eavesdropper. Returns how that ended, and what the eavesdropper saw. */
  async function connectBeing(certificate: Certificate, settings: string, attack: Attack = {}) {
    await server.show(certificate)
    const between = await ManInTheMiddle.before(server.port, attack)
    const url = server.url(settings, between.port)
    const database = await openDatabase(url, { MYSQL_PWD: PASSWORD, PGPASSWORD: PASSWORD }, '/')
    const outcome = await database.connect(MARK).then(
      async session => {
        await session.close()
        return 'logged in'
      },
      (error: unknown) => error,
    )
    expect(between.heard.includes(PASSWORD)).toBe(false)
    return { outcome, heard: between.heard }
  }

  const known = (mode: string) => `sslmode=${mode}&sslrootcert=${server.caFile}`
  const full = () => known('verify-full')

  test('a server receives the login only when it proves to be the one of the URL', async () => {
    const { outcome, heard } = await connectBeing('good', full())
    expect(outcome).toBe('logged in')
    expect(encryptedBytes(heard, request)).toBeGreaterThan(WITHOUT_LOGIN)
    expect(heard.includes('user_')).toBe(false)
  })

  test.each<[string, Certificate, () => string]>([
    ['an authority that is not known', 'good', () => `sslmode=verify-full&sslrootcert=${server.otherCaFile}`],
    [
      'an unknown authority, with a mode that does not check the name',
      'good',
      () => `sslmode=verify-ca&sslrootcert=${server.otherCaFile}`,
    ],
    ['no known authority', 'good', () => 'sslmode=verify-full'],
    ['the name of another host', 'other host', full],
    ['a certificate that has expired', 'expired', full],
    ['an expired certificate, with a mode that does not check the name', 'expired', () => known('verify-ca')],
    ['a certificate that it signed itself', 'self-signed', full],
  ])('a server receives no login with %s', async (_, certificate, settings) => {
    const { outcome, heard } = await connectBeing(certificate, settings())
    expect(outcome).toMatchObject({ code: 'TLS', retryable: false })
    expect(encryptedBytes(heard, request)).toBeLessThan(WITHOUT_LOGIN)
  })

  test('verify-ca accepts another name', async () => {
    const { outcome } = await connectBeing('other host', known('verify-ca'))
    expect(outcome).toBe('logged in')
  })

  test('the client sends nothing more when an attacker says that there is no TLS', async () => {
    const { outcome, heard } = await connectBeing('good', full(), downgrade)
    expect(outcome).toMatchObject({ code: 'TLS', message: expect.stringContaining('offers no TLS') })
    expect(heard.length).toBeLessThanOrEqual(request)
  })

  test('the client sends nothing when a server has no TLS', async () => {
    const plain = await startWithoutTls()
    onTestFinished(() => plain.stop())
    const between = await ManInTheMiddle.before(plain.port)
    const database = await openDatabase(server.url(full(), between.port), {}, '/')
    await expect(database.connect(MARK)).rejects.toMatchObject({
      code: 'TLS',
      message: expect.stringContaining('offers no TLS'),
    })
    expect(between.heard.length).toBeLessThanOrEqual(request)
  })

  test.each([0, 1, 2])('a login fails when the server is silent after %i answers', async muteAfter => {
    await server.show('good')
    const between = await ManInTheMiddle.before(server.port, { muteAfter })
    const url = parseDatabaseUrl(server.url(full(), between.port))
    const credentials = passwordCredentials(url, { MYSQL_PWD: PASSWORD, PGPASSWORD: PASSWORD })
    await expect(open(url, credentials, { connectTimeoutMs: 300 }).connect(MARK)).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      retryable: true,
    })
  })
})
