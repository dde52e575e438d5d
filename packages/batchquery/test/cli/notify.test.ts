import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ForwardProxy } from '../faults/forward-proxy.ts'
import { makeCertificates } from '../setup/certificates.ts'
import { Receiver } from '../setup/receiver.ts'
import { runSecrets } from '../setup/secrets/run-secrets.ts'
import { documentOf, Workspace } from './workspace.ts'

const TOKEN = 'B0000-token-of-the-receiver-of-runs'

const proxy = await ForwardProxy.start()
let folder: string
let receiver: Receiver
let trusting: NodeJS.ProcessEnv

beforeAll(async () => {
  runSecrets()?.register('the token of a receiver', TOKEN)
  folder = await mkdtemp(join(tmpdir(), 'batchquery-notify-'))
  const certificates = await makeCertificates(join(folder, 'tls'))
  receiver = await Receiver.start(certificates)
  trusting = { NODE_EXTRA_CA_CERTS: certificates.caFile, HOOK: receiver.address(`/services/${TOKEN}`) }
})
afterAll(async () => {
  await receiver.stop()
  await rm(folder, { recursive: true })
})
beforeEach(() => receiver.answer(200))

const HOOK = '$' + '{HOOK}'

async function notifying(notify: string): Promise<Workspace> {
  const workspace = await Workspace.create()
  await workspace.write('batchquery.yaml', `notify: ${notify}\n`)
  return workspace
}

const FAILING = 'SELECT * FROM nowhere'

test('each receiver gets the end of a run, with the document of show without its cost; the record and the log have no address', async () => {
  const workspace = await notifying(
    `[{ slack: "${HOOK}", on: failed }, { url: "${HOOK}", on: ended }, { command: [./keep.sh, out.json] }]`,
  )
  await workspace.write('keep.sh', '#!/bin/sh\ncat > "$1"\n')
  await chmod(join(workspace.folder, 'keep.sh'), 0o700)
  const ended = await workspace.runSql(FAILING, ['-v'], { environment: trusting })
  expect(ended.code).toBe(1)
  expect(ended.stderr).not.toContain('warning: notify')
  const { cost: _, ...shown } = documentOf(
    await workspace.run(['show', 'r1', '--json'], { environment: trusting }),
  )
  expect(receiver.received).toHaveLength(2)
  const bodies = receiver.received.map(({ body }) => JSON.parse(body))
  expect(bodies).toContainEqual(shown)
  expect(bodies).toContainEqual({
    text: expect.stringMatching(/^batchquery: run r1 FAILED \(task\.sql, [^\n]+\): [A-Z_]+: [^\n]*nowhere/),
  })
  expect(JSON.parse(await workspace.read('out.json'))).toEqual(shown)
  expect(receiver.received[0].path).toBe(`/services/${TOKEN}`)
  expect(await workspace.log()).not.toContain(TOKEN)
  expect(JSON.stringify(await workspace.record())).not.toContain(TOKEN)
})

test('a receiver with on: failed gets no run that succeeded', async () => {
  const workspace = await notifying(`{ slack: "${HOOK}", on: failed }`)
  expect((await workspace.runSql('SELECT 1', [], { environment: trusting })).code).toBe(0)
  expect(receiver.received).toEqual([])
  expect(await workspace.files('.batchquery/store/batchquery-s3/runs/r1')).not.toContain('notified')
})

test('a receiver that fails twice gets the run with the third try', async () => {
  receiver.answer(500, 500, 200)
  const workspace = await notifying(`{ url: "${HOOK}" }`)
  const ended = await workspace.runSql('SELECT 1', [], { environment: trusting })
  expect(ended.code).toBe(0)
  expect(ended.stderr).not.toContain('warning')
  expect(receiver.received).toHaveLength(3)
})

test.each([
  [
    'whose certificate is not trusted',
    { NODE_EXTRA_CA_CERTS: '' },
    /its certificate is not trusted: .+\nhint: Name the authority/,
  ],
  ['that refuses the document', {}, /HTTP 404\n/],
])(
  'a receiver %s changes neither outcome nor exit code, and the log has a warning',
  async (_, changed, why) => {
    receiver.answer(404)
    const workspace = await notifying(`{ url: "${HOOK}" }`)
    const ended = await workspace.runSql('SELECT 1', [], { environment: { ...trusting, ...changed } })
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stderr).toMatch(why)
    expect(ended.stderr).toContain(`warning: notify url at ${receiver.host}: `)
    expect(await workspace.record()).toMatchObject({ state: 'SUCCEEDED', exitCode: 0, warnings: [] })
    expect(await workspace.log()).toContain('WARN notify url at localhost')
    expect((await workspace.run(['logs', 'r1'], { environment: trusting })).stdout).toContain(
      'WARN notify url at',
    )
  },
)

test('a receiver is reached through a proxy', async () => {
  const workspace = await notifying(`{ url: "${HOOK}" }`)
  const environment = { ...trusting, HTTPS_PROXY: `http://${proxy.address}` }
  expect((await workspace.runSql('SELECT 1', [], { environment })).code).toBe(0)
  expect(proxy.asked).toEqual([`CONNECT ${receiver.host}`])
  expect(receiver.received).toHaveLength(1)
})

test('a command that fails changes neither outcome nor exit code', async () => {
  const workspace = await notifying(`{ command: [sh, -c, "echo no luck >&2; exit 3"] }`)
  const ended = await workspace.runSql('SELECT 1')
  expect(ended.code).toBe(0)
  expect(ended.stderr).toContain('warning: notify command sh: it ended with exit code 3: no luck\n')
})

/** A workspace with a run whose runner was killed. */
async function killed(): Promise<Workspace> {
  const workspace = await notifying(`{ url: "${HOOK}", on: ended }`)
  await workspace.write('job.sh', 'sleep 600\n')
  const started = workspace.start(['run', './job.sh', '--run-id', 'r1'], { environment: trusting })
  const state = async () => (await workspace.record().catch(() => null))?.state
  await expect.poll(state, { timeout: 20_000 }).toBe('RUNNING')
  process.kill((await workspace.record()).runner.pid, 'SIGKILL')
  await started.ended
  expect(receiver.received).toEqual([])
  return workspace
}

test('reap notifies the receivers of a run whose runner was killed, once', async () => {
  const workspace = await killed()
  const reaped = await workspace.run(['reap'], { environment: trusting })
  expect(reaped.stdout).toBe('r1\tFAILED\n')
  expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
    { id: 'r1', state: 'FAILED', error: { code: 'RUNNER_LOST' }, attempts: [{ attempt: 1 }, { attempt: 2 }] },
  ])
  await workspace.run(['reap'], { environment: trusting })
  expect(receiver.received).toHaveLength(1)
})

test('cancel notifies the receivers of a run whose runner was killed', async () => {
  const workspace = await killed()
  const cancelled = await workspace.run(['cancel', 'r1'], { environment: trusting })
  expect(cancelled.stdout).toBe('r1\tCANCELLED\n')
  expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
    { id: 'r1', state: 'CANCELLED' },
  ])
})

test('an export of the library notifies the receivers, too', async () => {
  const workspace = await notifying(`{ url: "${HOOK}" }`)
  await workspace.write(
    'program.mjs',
    `import { connect } from '${join(import.meta.dirname, '../../dist/index.js')}'
const database = await connect('duckdb::memory:')
await database.export('SELECT 1 AS n', './out/n')
await database.close()
`,
  )
  const ended = await workspace.startProgram(process.execPath, ['program.mjs'], trusting).ended
  expect(ended.code, ended.stderr).toBe(0)
  expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([{ state: 'SUCCEEDED' }])
})

test('a run whose end another process has begun to send is not sent again', async () => {
  const workspace = await notifying(`{ url: "${HOOK}" }`)
  await workspace.writeObject('runs/r1/notified', '')
  expect((await workspace.runSql('SELECT 1', [], { environment: trusting })).code).toBe(0)
  expect(receiver.received).toEqual([])
})

test('BATCHQUERY_NOTIFY has precedence over batchquery.yaml, and demo sends nothing', async () => {
  const workspace = await notifying(`{ url: "${HOOK}/of-the-file" }`)
  const environment = {
    ...trusting,
    BATCHQUERY_NOTIFY: JSON.stringify({ url: receiver.address('/of-the-variable') }),
  }
  expect((await workspace.runSql('SELECT 1', [], { environment })).code).toBe(0)
  expect(receiver.received.map(({ path }) => path)).toEqual(['/of-the-variable'])
  expect((await workspace.run(['demo'], { environment })).code).toBe(0)
  expect(receiver.received).toHaveLength(1)
})

test.each([
  ['{ url: "http://example.com/x" }', 'does not begin with https://'],
  ['{ url: "https://u:p@example.com/" }', 'has a user or a password'],
  ['{ slack: not-an-address }', 'slack: the address is not a URL'],
  ['{ slack: "secret:arn:x" }', 'slack: the address is not a secret:ARN'],
  ['{ slack: "https://a/", url: "https://b/" }', 'expected { slack: ADDRESS }'],
  ['{ url: "https://a/", on: started }', 'on: expected failed or ended'],
  ['{ url: "https://a/", to: x }', 'unknown key to'],
  ['{ command: "rm -rf" }', 'command: expected a list of texts'],
  ['[{ command: [] }]', 'command: expected a list of texts'],
])('a command ends with exit code 2 when batchquery.yaml has notify: %s', async (notify, why) => {
  const workspace = await notifying(notify)
  const { code, stderr } = await workspace.run(['ls'])
  expect(code).toBe(2)
  expect(stderr).toContain('batchquery.yaml, line 1: notify')
  expect(stderr).toContain(why)
})

test('a run on another engine is refused when notify has a command', async () => {
  const workspace = await notifying('{ command: [true] }')
  await workspace.write('batchquery.yaml', 'notify: { command: ["true"] }\n')
  const ended = await workspace.runSql('SELECT 1', ['--engine', 'container'])
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(
    'notify: command works only with the engine local, but this run uses container',
  )
  expect(await workspace.files('.batchquery/store/batchquery-s3/runs')).toEqual([])
})
