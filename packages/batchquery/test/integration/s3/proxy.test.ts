import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { SecretsManager } from '../../../src/database/secrets-manager.ts'
import { AwsClients, requestPatiently } from '../../../src/engine/fargate/index.ts'
import { SecretsManagerStandIn } from '../../aws/secrets-manager.ts'
import { ForwardProxy } from '../../faults/forward-proxy.ts'
import { freshBucket } from '../../setup/s3-client.ts'
import { openStore, RUN, somewhere, textAt } from './fixture.ts'

const KEY = 'AKIDBATCHQUERYTEST'
const { endpoint, secureEndpoint, caFile } = inject('s3')
const bucket = await freshBucket()
const proxy = await ForwardProxy.start()
let manager: SecretsManagerStandIn

beforeAll(async () => {
  manager = await SecretsManagerStandIn.start(KEY)
})
afterAll(() => manager.stop())

/** An environment without proxies except those of the test. */
beforeEach(() => {
  proxy.reset()
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']) {
    vi.stubEnv(name, undefined)
    vi.stubEnv(name.toUpperCase(), undefined)
  }
  return () => vi.unstubAllEnvs()
})

/** Writes an object of several chunks, commits it and reads it. */
async function roundTrip(where: string, ca?: string): Promise<void> {
  const { store } = openStore(where, ca === undefined ? {} : { ca })
  const address = somewhere(bucket)
  const object = await store.stage(address, RUN)
  const chunk = Buffer.alloc(store.chunkBytes(1), 'x')
  await object.write(chunk)
  await object.write(Buffer.from('end'))
  await object.finish()
  await store.commit(object.token, chunk.length + 3, true)
  expect((await textAt(store, address))?.length).toBe(chunk.length + 3)
}
const tls = () => readFile(caFile, 'utf8')

describe('a request to S3', () => {
  test.each([
    ['HTTPS_PROXY', 'http://'],
    ['https_proxy', 'http://'],
    ['ALL_PROXY', 'http://'],
    ['HTTPS_PROXY', ''],
  ])('over https goes through a tunnel when there is %s=%s...', async (name, scheme) => {
    vi.stubEnv(name, `${scheme}${proxy.address}`)
    await roundTrip(secureEndpoint, await tls())
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${new URL(secureEndpoint).host}`]))
  })

  test('over http goes to the proxy of HTTP_PROXY, with the whole address', async () => {
    vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`)
    await roundTrip(endpoint)
    expect(proxy.asked.length).toBeGreaterThan(4)
    for (const asked of proxy.asked) expect(asked).toMatch(new RegExp(`^[A-Z]+ ${endpoint}/${bucket}/`))
  })

  test.each([['NO_PROXY'], ['no_proxy']])('goes directly to the hosts that %s names', async name => {
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.address}`)
    vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`)
    vi.stubEnv(name, `.example.com,${new URL(endpoint).hostname}`)
    await roundTrip(endpoint)
    await roundTrip(secureEndpoint, await tls())
    expect(proxy.asked).toEqual([])
    vi.stubEnv(name, undefined)
    vi.stubEnv('HTTP_PROXY', undefined)
    await roundTrip(endpoint)
    expect(proxy.asked).toEqual([])
  })

  test('shows user and password of the proxy only to the proxy', async () => {
    vi.stubEnv('HTTPS_PROXY', `http://me:open%20sesame@${proxy.address}`)
    await roundTrip(secureEndpoint, await tls())
    const login = `Basic ${Buffer.from('me:open sesame').toString('base64')}`
    expect(new Set(proxy.logins)).toEqual(new Set([login]))
  })

  test('verifies the certificate at the end of the tunnel', async () => {
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.address}`)
    const { store } = openStore(secureEndpoint)
    await expect(store.head(somewhere(bucket))).rejects.toMatchObject({ code: 'TLS', retryable: false })
  })

  test.each([
    ['https', () => secureEndpoint],
    ['http', () => endpoint],
  ])('over %s fails with the text of the page when a proxy refuses it', async (_, where) => {
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.address}`)
    vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`)
    proxy.refusal = { status: 403, page: '<html><body>blocked by policy</body></html>' }
    const { store } = openStore(where(), { ca: await tls() })
    await expect(store.read(somewhere(bucket))).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('blocked by policy'),
      hint: expect.stringContaining('HTTPS_PROXY'),
    })
  })

  test('fails with the name of the proxy when that does not exist', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9')
    const { store } = openStore(secureEndpoint, { ca: await tls() })
    await expect(store.read(somewhere(bucket))).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:9'),
      hint: expect.stringContaining('HTTPS_PROXY'),
    })
  })

  test.each(['socks5://localhost:1', '"http://localhost:1"', 'http://localhost:port'])(
    'fails when the proxy is %s',
    async value => {
      vi.stubEnv('HTTPS_PROXY', value)
      const { store } = openStore(secureEndpoint, { ca: await tls() })
      await expect(store.read(somewhere(bucket))).rejects.toMatchObject({
        code: 'CONFIG',
        message: expect.stringContaining('HTTPS_PROXY is not the URL of a proxy'),
      })
    },
  )
})

describe('a request to another service', () => {
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', KEY)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-looked-at')
    vi.stubEnv('AWS_SESSION_TOKEN', '')
    vi.stubEnv('AWS_REGION', 'eu-west-1')
    vi.stubEnv('AWS_ENDPOINT_URL', manager.endpoint)
    vi.stubEnv('HTTP_PROXY', `http://${proxy.address}`)
  })

  test('goes through the proxy, too', async () => {
    manager.onRequest = () => {}
    await new SecretsManager(null).read('nosuch', 'AWSPENDING')
    const clients = new AwsClients()
    const doing = { what: 'ask', action: 'ecs:DescribeTasks' }
    const asking = [
      () => clients.ecs(null).then(ecs => ecs.describeTasks({ cluster: 'c', tasks: ['t'] })),
      () => clients.ssm(null).then(ssm => ssm.getParameter({ Name: 'n' })),
    ]
    // The stand-in knows only Secrets Manager, so the test ignores its answer.
    for (const ask of asking) await requestPatiently(doing, ask, 1).catch(() => {})
    expect(proxy.asked).toEqual(Array(3).fill(`POST ${manager.endpoint}/`))
  })

  test.each([
    ['Secrets Manager', 'SECRETS_UNREACHABLE', () => new SecretsManager(null).read('s', 'AWSCURRENT')],
    [
      'ECS',
      'ENGINE_FAILED',
      () =>
        requestPatiently({ what: 'ask', action: 'ecs:DescribeTasks' }, async () =>
          (await new AwsClients().ecs(null)).describeTasks({ cluster: 'c', tasks: ['t'] }),
        ),
    ],
  ])('of %s fails with the text of the page when a proxy refuses it', async (_, code, ask) => {
    for (const status of [200, 403]) {
      proxy.reset()
      proxy.refusal = { status, page: '<html>blocked by policy</html>' }
      await expect(ask()).rejects.toMatchObject({
        code,
        message: expect.stringContaining('blocked by policy'),
        hint: expect.stringContaining('HTTPS_PROXY'),
      })
      expect(proxy.asked).toHaveLength(1)
    }
  })
})
