import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Notification } from '../../../src/config/index.ts'
import { type SendLimits, sendAll } from '../../../src/notify/send.ts'
import { Log } from '../../../src/platform/index.ts'
import type { DescribedRun } from '../../../src/run/index.ts'
import { SecretsManagerStandIn } from '../../aws/secrets-manager.ts'
import { Receiver } from '../../setup/receiver.ts'

const TOKEN = 'T0000-token-of-the-receiver'
const LIMITS: SendLimits = { totalMs: 20_000, hurriedMs: 300, tryMs: 10_000, pausesMs: [10, 20] }

let receiver: Receiver
beforeAll(async () => {
  receiver = await Receiver.start(null)
})
afterAll(() => receiver.stop())
beforeEach(() => receiver.answer(200))

const run: DescribedRun = {
  ...{ version: 2, id: 'r1', state: 'FAILED', attempt: 1, dead: false, args: [], params: {}, runner: null },
  task: { bucket: 'b', key: 'script/report.sql', versionId: null, sha256: null },
  request: { database: 'main', timeoutSeconds: null, pin: null },
  ...{ engine: { name: 'local' }, databases: [], exitCode: 4, log: null, heartbeatAt: null },
  createdAt: '2026-11-23T02:15:00.000Z',
  startedAt: '2026-11-23T02:15:01.000Z',
  endedAt: '2026-11-23T02:16:01.000Z',
  error: { code: 'QUERY_FAILED', message: 'no table t', hint: null, retryable: false },
  ...{ warnings: [], progress: { rows: 0, bytes: 0, parts: 0 }, exports: [], exportCount: 0, outputs: [] },
  ...{ attempts: [], repeatedBy: [], begun: [], columns: [] },
}

/** Sends, and returns the log. */
async function send(
  notification: Notification,
  {
    limits = {},
    stop = new AbortController().signal,
    described = run,
    environment = process.env,
  }: {
    limits?: Partial<SendLimits>
    stop?: AbortSignal
    described?: DescribedRun
    environment?: NodeJS.ProcessEnv
  } = {},
): Promise<string> {
  let text = ''
  const log = new Log('normal', entry => {
    text += entry
  })
  const sending = { environment, folder: tmpdir(), log, stop, limits: { ...LIMITS, ...limits } }
  await sendAll([notification], described, sending)
  expect(text).not.toContain(TOKEN)
  return text
}

const url = (path = `/${TOKEN}`): Notification => ({
  kind: 'url',
  address: receiver.address(path),
  on: 'ended',
})
const command = (script: string, ...args: string[]): Notification => ({
  kind: 'command',
  command: ['sh', '-c', script, 'sh', ...args],
  on: 'ended',
})

describe('a url', () => {
  test('receives the document as JSON', async () => {
    expect(await send(url('/hook?a=b'))).toBe('')
    const [{ method, path, type, body }] = receiver.received
    expect([method, path, type]).toEqual(['POST', '/hook?a=b', 'application/json'])
    expect(JSON.parse(body)).toEqual(run)
  })

  test.each([[[500, 503, 200]], [[429, 204]], [[408, 500, 200]]])(
    'receives the document again after %j',
    async answers => {
      receiver.answer(...answers)
      expect(await send(url())).toBe('')
      expect(receiver.received).toHaveLength(answers.length)
    },
  )

  test('gets three tries, and then the log has a warning', async () => {
    receiver.answer({ status: 500, words: `broken\u001b[31m\n${'x'.repeat(1000)}` })
    const log = await send(url())
    expect(log).toMatch(/^warning: notify url at localhost:\d+: HTTP 500: broken\\u001b\[31m x{100,200}\n$/)
    expect(receiver.received).toHaveLength(3)
  })

  test.each([400, 401, 403, 404, 410])('gets no second try after %d', async status => {
    receiver.answer({ status, words: 'no_service' })
    expect(await send(url())).toContain(`HTTP ${status}: no_service\n`)
    expect(receiver.received).toHaveLength(1)
  })

  test('is not followed to the host to which it redirects', async () => {
    receiver.answer({ location: `https://other.example.com/${TOKEN}` })
    expect(await send(url())).toContain(
      'it redirects to other.example.com (HTTP 302), and no redirect is followed\n',
    )
    expect(receiver.received).toHaveLength(1)
  })

  test('that does not answer costs a bounded time', async () => {
    receiver.answer('nothing')
    const began = performance.now()
    expect(await send(url(), { limits: { tryMs: 100 } })).toContain('it did not answer in time\n')
    expect(receiver.received).toHaveLength(3)
    expect(await send(url(), { limits: { totalMs: 200 } })).toContain('no time is left')
    expect(performance.now() - began).toBeLessThan(8_000)
  })

  test('gets less time when the process must stop, and none after a stop', async () => {
    receiver.answer('nothing')
    expect(await send(url(), { stop: AbortSignal.abort() })).toContain('no time is left')
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 200)
    const began = performance.now()
    expect(await send(url(), { stop: controller.signal })).toContain('no time is left')
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test('that refuses connections costs a warning', async () => {
    const gone = await Receiver.start(null)
    const address = gone.address(`/${TOKEN}`)
    await gone.stop()
    expect(await send({ kind: 'url', address, on: 'ended' })).toContain('ECONNREFUSED')
  })

  test('gets no document of more than 4 MiB', async () => {
    const described = { ...run, args: ['x'.repeat(5 * 1024 * 1024)] }
    expect(await send(url(), { described })).toContain('and at most 4194304 are sent')
    expect(receiver.received).toEqual([])
  })
})

describe('slack', () => {
  const textOf = async (described: DescribedRun) => {
    await send({ kind: 'slack', address: receiver.address('/services/x'), on: 'ended' }, { described })
    const body: unknown = JSON.parse(receiver.received[0].body)
    return body
  }

  test('receives one line', async () => {
    expect(await textOf(run)).toEqual({
      text: 'batchquery: run r1 FAILED (report.sql, main, 1 min): QUERY_FAILED: no table t',
    })
  })

  test('receives no mention, link, or control character from the name of a task or from an error', async () => {
    const task = { ...run.task, key: 'script/<!channel> & \u202eevil\n2.sql' }
    const error = {
      code: 'INTERNAL',
      message: `<https://evil|click>\n${'y'.repeat(2000)}`,
      hint: null,
      retryable: false,
    }
    expect(await textOf({ ...run, task, error })).toEqual({
      text: expect.stringMatching(
        /^batchquery: run r1 FAILED \(&lt;!channel&gt; &amp; \\u202eevil 2\.sql, main, 1 min\): INTERNAL: &lt;https:\/\/evil\|click&gt; y+\.\.\.$/,
      ),
    })
  })
})

describe('a command', () => {
  const folder = async () => {
    const made = await mkdtemp(join(tmpdir(), 'batchquery-notify-'))
    onTestFinished(() => rm(made, { recursive: true }))
    return made
  }

  test('gets the document on stdin and its arguments without a shell, and only the declared variables', async () => {
    const out = join(await folder(), 'out')
    const environment = {
      PATH: process.env.PATH,
      PGPASSWORD: 'geheim',
      BATCHQUERY_NOTIFY: 'x',
      AWS_REGION: 'eu-west-1',
    }
    const script = 'cat > "$1"; env | cut -d= -f1 | sort > "$1.env"; printf %s "$2" > "$1.arg"'
    expect(await send(command(script, out, '$(touch x); *'), { environment })).toBe('')
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(run)
    expect(await readFile(`${out}.arg`, 'utf8')).toBe('$(touch x); *')
    const names = (await readFile(`${out}.env`, 'utf8')).trim().split('\n')
    // The last two are the shell's own.
    expect(names.filter(name => !/^(_|PWD|SHLVL|OLDPWD)$/.test(name))).toEqual([
      'AWS_REGION',
      'BATCHQUERY_RUN_ID',
      'PATH',
    ])
  })

  test('that fails is started three times, and the log has its last words', async () => {
    const out = join(await folder(), 'out')
    const log = await send(command('echo x >> "$1"; echo "no luck" >&2; exit 7', out))
    expect(log).toBe('warning: notify command sh: it ended with exit code 7: no luck\n')
    expect(await readFile(out, 'utf8')).toBe('x\nx\nx\n')
  })

  test('that ignores its stdin and succeeds is enough', async () => {
    expect(await send(command('exec true'))).toBe('')
  })

  test('that takes too long is killed with its processes', async () => {
    const out = join(await folder(), 'pids')
    const script = 'sleep 600 & echo $! > "$1"; echo $$ >> "$1"; wait'
    expect(await send(command(script, out), { limits: { totalMs: 2_000 } })).toContain(
      'it took too long and was killed',
    )
    const pids = (await readFile(out, 'utf8')).trim().split('\n').map(Number)
    expect(pids).toHaveLength(2)
    for (const pid of pids) await expect.poll(() => isAlive(pid)).toBe(false)
  })

  test('that does not exist costs a warning', async () => {
    const log = await send({ kind: 'command', command: ['/no/such/program'], on: 'ended' })
    expect(log).toMatch(
      /^warning: notify command \/no\/such\/program: it cannot be started: .*ENOENT\nhint: /,
    )
  })
})

async function isAlive(pid: number): Promise<boolean> {
  // A zombie has an empty command line.
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== ''
}

test('an address comes from Secrets Manager, and the log masks it', async () => {
  const manager = await SecretsManagerStandIn.start('AKIDBATCHQUERYNOTIFY')
  const before = { ...process.env }
  onTestFinished(async () => {
    process.env = before
    await manager.stop()
  })
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = manager.endpoint
  process.env.AWS_ACCESS_KEY_ID = 'AKIDBATCHQUERYNOTIFY'
  process.env.AWS_SECRET_ACCESS_KEY = 'x'.repeat(40)
  const hooks = { good: receiver.address(`/${TOKEN}`), bad: `http://example.com/${TOKEN}` }
  manager.keep('hooks', { versions: { AWSCURRENT: JSON.stringify(hooks) } })
  const secret = (key: string): Notification => ({
    kind: 'url',
    address: `secret:${manager.arn('hooks')}#${key}`,
    on: 'ended',
  })
  receiver.answer({ status: 403, words: `token ${TOKEN} is unknown` })
  expect(await send(secret('good'))).toContain('HTTP 403: token *** is unknown')
  expect(receiver.received[0].path).toBe(`/${TOKEN}`)
  expect(await send(secret('bad'))).toContain('the address in the secret arn:')
  expect(await send(secret('none'))).toContain('is not JSON with a value under "none"')
})
