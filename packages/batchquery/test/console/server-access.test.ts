import { expect, test } from 'vitest'
import { BUCKET, home, newRun, RUNNER } from '../unit/run/fixture.ts'
import { Served } from './served.ts'

const ID = newRun().id
const FORBIDDEN = { 'content-type': 'application/json' }

async function serve(isReadOnly = false) {
  const fixture = await home()
  await (await fixture.runs.claim(newRun(), RUNNER, fixture.log)).finish(null)
  return { ...fixture, console: await Served.start({ store: fixture.folder, bucket: BUCKET, isReadOnly }) }
}

const DATA = [
  '/api/session',
  '/api/runs',
  `/api/details?id=${ID}`,
  `/api/runs/${ID}`,
  `/api/runs/${ID}/statement`,
  `/api/runs/${ID}/log`,
  `/api/runs/${ID}/log/search?text=a`,
  `/api/runs/${ID}/log/download`,
  `/api/runs/${ID}/result`,
  `/api/runs/${ID}/exports/1/parts`,
  `/api/runs/${ID}/exports/1/head`,
  `/api/runs/${ID}/exports/1/download?part=1`,
  '/api/history?task=batchquery.sql',
  '/api/manual/errors',
  '/api/jobs/1',
  '/api/anything',
]
const ACTIONS = [
  ['cancel', {}],
  ['rerun', {}],
  ['reap', { dryRun: true }],
  ['verify', {}],
] as const

test('the server refuses every document when the token is missing or wrong', async () => {
  const { console } = await serve()
  const wrong = ['', 'Bearer ', `Bearer ${console.token}x`, `Basic ${console.token}`, console.token]
  for (const path of DATA)
    for (const authorization of wrong) {
      const { status, text } = await console.send(path, { headers: { authorization } })
      expect({ path, authorization, status }).toEqual({ path, authorization, status: 401 })
      expect(JSON.parse(text).error.code).toBe('AUTHENTICATION')
    }
  for (const [action, body] of ACTIONS) {
    const sent = { method: 'POST', headers: FORBIDDEN, body: JSON.stringify(body) }
    expect((await console.send(`/api/runs/${ID}/${action}`, sent)).status).toBe(401)
  }
  const cookie = { cookie: `token=${console.token}` }
  expect((await console.send('/api/session', { headers: cookie })).status).toBe(401)
  expect((await console.send(`/api/session?token=${console.token}`)).status).toBe(401)
})

test.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1', 'localhost', '[::1]'])(
  'the server refuses a request when its Host is %j',
  async host => {
    const { console } = await serve()
    for (const path of ['/', '/assets/app.js', '/api/session', '/download/x']) {
      const { status, text } = await console.send(path, { headers: { ...console.authorization, host } })
      expect(status, path).toBe(403)
      expect(JSON.parse(text).error.message).toContain(JSON.stringify(host))
    }
  },
)

test('the server answers to localhost and 127.0.0.1 with its port', async () => {
  const { console } = await serve()
  const { port } = new URL(console.base)
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`]) {
    const headers = { ...console.authorization, host, origin: `http://${host}` }
    expect((await console.send('/api/session', { headers })).status).toBe(200)
  }
})

test.each(['null', 'http://evil.example', 'https://127.0.0.1', 'http://127.0.0.1:1', 'file://'])(
  'the server refuses a request when its Origin is %s',
  async origin => {
    const { console } = await serve()
    const headers = { ...console.authorization, origin }
    expect((await console.send('/api/session', { headers })).status).toBe(403)
    for (const [action, body] of ACTIONS) {
      const sent = { method: 'POST', headers: { ...headers, ...FORBIDDEN }, body: JSON.stringify(body) }
      expect((await console.send(`/api/runs/${ID}/${action}`, sent)).status).toBe(403)
    }
  },
)

test('the server answers no preflight of another page', async () => {
  const { console } = await serve()
  const headers = {
    origin: 'http://evil.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  }
  const { status, headers: answered } = await console.send('/api/session', { method: 'OPTIONS', headers })
  expect(status).toBe(403)
  expect(Object.keys(answered).filter(name => name.startsWith('access-control'))).toEqual([])
})

test('a read-only console refuses every request that changes something', async () => {
  const { console, keys } = await serve(true)
  const before = await keys()
  expect(await console.get('/api/session')).toMatchObject({ isReadOnly: true })
  for (const [action, body] of ACTIONS) {
    const { status, text } = await console.post(`/api/runs/${ID}/${action}`, body)
    expect(status, action).toBe(403)
    expect(JSON.parse(text).error).toMatchObject({ code: 'PERMISSION', message: 'this console is read-only' })
  }
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    const headers = { ...console.authorization, ...FORBIDDEN }
    expect((await console.send(`/api/runs/${ID}`, { method, headers })).status).toBe(403)
  }
  expect(await keys()).toEqual(before)
})

test('the server refuses a form of another page, and bodies that are not what it expects', async () => {
  const { console } = await serve()
  const path = `/api/runs/${ID}/cancel`
  const send = (type: string, body: string) =>
    console.send(path, { method: 'POST', headers: { ...console.authorization, 'content-type': type }, body })
  expect((await send('text/plain', '{}')).status).toBe(403)
  expect((await send('application/x-www-form-urlencoded', 'a=1')).status).toBe(403)
  expect((await send('application/json', '{')).status).toBe(400)
  expect((await send('application/json', '{"extra":1}')).status).toBe(400)
  expect((await send('application/json', JSON.stringify({ a: 'x'.repeat(2_000_000) }))).status).toBe(400)
})

test('every answer has the headers that keep other pages and inline scripts out', async () => {
  const { console } = await serve()
  const paths = ['/', '/runs/x', '/assets/app.js', '/api/session', '/api/runs/zz', '/download/x', '/api/x']
  for (const path of paths) {
    const { headers } = await console.send(path, { headers: console.authorization })
    expect(headers, path).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'"),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers['content-security-policy']).not.toContain('unsafe')
  }
})

test('no path leads to a file that is not of the page', async () => {
  const { console, put } = await serve()
  await put('secret', 'the content of a file')
  const page = await console.send('/')
  const hostile = [
    '/assets/../package.json',
    '/assets/..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/....//package.json',
    '/assets/%00',
    '/assets/index.html',
    '/assets/../../../../etc/passwd',
    '/assets//etc/passwd',
    '/../../etc/passwd',
    '//etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/api/manual/..%2f..%2fpackage',
    '/api/manual/errors%00',
    '/api/runs/..%2f..%2fetc',
    '/api/runs/..%2f..%2fetc/log',
    `/api/runs/${ID}/log?attempt=..`,
    '/api/details?id=..%2f..',
    '/download/..%2f..%2fetc%2fpasswd',
  ]
  for (const path of hostile) {
    const { status, text } = await console.send(path, { headers: console.authorization })
    expect(text, path).not.toMatch(/root:|"workspaces"|"dependencies"|the content of a file/)
    if (status === 200 && !path.startsWith('/api/details')) expect(text, path).toBe(page.text)
  }
})

test('the server only listens on the loopback interface, and gives each console another token', async () => {
  const one = await serve()
  const other = await serve()
  expect(one.console.base).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(one.console.token).toMatch(/^[\w-]{43}$/)
  expect(other.console.token).not.toBe(one.console.token)
  expect((await other.console.send('/api/session', { headers: one.console.authorization })).status).toBe(401)
})
