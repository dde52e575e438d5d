import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { BatchQueryError } from '../../src/errors/index.ts'
import { RunStore } from '../../src/run/index.ts'
import { endKey, indexKey, type RunEnd } from '../../src/run/index-keys.ts'
import { DirectoryStore } from '../../src/store/index.ts'
import { BUCKET, home, newRun, PINNED, RUNNER } from '../unit/run/fixture.ts'
import { Served } from './served.ts'

const START = Date.parse('2026-11-23T00:00:00Z')
const nth = (at: number, task = 'a.sql') =>
  newRun({
    id: `run-${at}`,
    createdAt: new Date(START + at * 1000),
    task: { bucket: BUCKET, key: `script/${task}` },
    request: { database: 'main', timeoutSeconds: null, pin: null },
  })

async function serve() {
  const fixture = await home()
  return { ...fixture, console: await Served.start({ store: fixture.folder, bucket: BUCKET }) }
}

const ids = ({ rows }: { rows: readonly { id: string }[] }) => rows.map(({ id }) => id)

/** Creates empty objects faster than a store would. */
function fill(folder: string, keys: readonly string[]): void {
  const paths = keys.map(key => join(folder, BUCKET, key))
  for (const path of new Set(paths.map(dirname))) mkdirSync(path, { recursive: true })
  for (const path of paths) closeSync(openSync(path, 'w'))
}

test('the list shows runs in every state, the newest first, and their details', async () => {
  const { console, runs, log } = await serve()
  await (await runs.claim(nth(0), RUNNER, log)).finish(null)
  const failed = await runs.claim(nth(1, 'b.sql'), RUNNER, log)
  await failed.start(PINNED)
  failed.notes.addProgress({ rows: 7, bytes: 70 })
  await failed.finish(new BatchQueryError('QUERY_FAILED', 'no such table'))
  const running = await runs.claim(nth(2), RUNNER, log)
  await running.start(PINNED)
  await runs.submit(nth(3))
  const list = await console.get('/api/runs')
  expect(list).toMatchObject({ next: null, warnings: [] })
  expect(list.rows).toMatchObject([
    { id: 'run-3', state: 'QUEUED', task: 'a.sql', detail: { state: 'QUEUED', seconds: null } },
    { id: 'run-2', state: 'RUNNING', detail: { isDead: false } },
    { id: 'run-1', state: 'FAILED', code: 'QUERY_FAILED', task: 'b.sql', database: 'main' },
    { id: 'run-0', state: 'SUCCEEDED', code: null, detail: { startedAt: null, cost: null } },
  ])
  // The index has all that the list shows of a run that has ended.
  expect(list.rows[2].detail).toMatchObject({ task: 'b.sql', taskUri: null, rows: 7, bytes: 70 })
  expect(list.rows[2].detail.startedAt).toMatch(/^\d{4}-/)
  const { details } = await console.get('/api/details?id=run-1&id=run-2&id=missing&id=a%20b')
  expect(details).toMatchObject({
    'run-1': {
      state: 'FAILED',
      task: 'b.sql',
      taskUri: expect.stringMatching(/script\/b\.sql$/),
      rows: 7,
      bytes: 70,
      code: 'QUERY_FAILED',
    },
    'run-2': { state: 'RUNNING' },
    missing: { problem: { code: 'RUN_NOT_FOUND' } },
    'a b': { problem: { code: 'USAGE' } },
  })
  // The record of a run that has ended is known now.
  expect((await console.get('/api/runs')).rows[2].detail).toMatchObject({
    taskUri: expect.stringMatching(/script\/b\.sql$/),
  })
  await running.finish(null)
})

test('the list changes when a run ends', async () => {
  const { console, runs, log } = await serve()
  const run = await runs.claim(nth(0), RUNNER, log)
  await run.start(PINNED)
  const state = async () => (await console.get('/api/runs')).rows[0].state
  expect(await state()).toBe('RUNNING')
  await run.finish(null)
  await expect.poll(state).toBe('SUCCEEDED')
})

test('the list selects runs by state, task, database and time', async () => {
  const { console, runs, log } = await serve()
  for (const at of [0, 1, 2]) await (await runs.claim(nth(at), RUNNER, log)).finish(null)
  await (await runs.claim(nth(3, 'b.sql'), RUNNER, log)).finish(new BatchQueryError('TIMEOUT', 'late'))
  await runs.submit(nth(4))
  const list = async (query: string) => ids(await console.get(`/api/runs?${query}`))
  expect(await list('state=FAILED')).toEqual(['run-3'])
  expect(await list('state=QUEUED')).toEqual(['run-4'])
  expect(await list('task=a.sql')).toEqual(['run-4', 'run-2', 'run-1', 'run-0'])
  expect(await list('database=main&state=SUCCEEDED')).toEqual(['run-2', 'run-1', 'run-0'])
  expect(await list('database=other')).toEqual([])
  expect(await list('since=2026-11-23T00:00:02Z')).toEqual(['run-4', 'run-3', 'run-2'])
  expect(await list('until=2026-11-23T00:00:02Z')).toEqual(['run-1', 'run-0'])
  const { command } = await console.get("/api/runs?state=FAILED&task=it's%20$(x).sql")
  expect(command).toMatch(
    /^batchquery ls --state FAILED --task 'it'\\''s \$\(x\)\.sql' --store \S+ --bucket /,
  )
  for (const wrong of ['state=OLD', 'since=never', 'limit=0', 'limit=9999', 'before=x', 'limit=x'])
    expect(await console.refusal(`/api/runs?${wrong}`), wrong).toMatchObject({ status: 400, code: 'USAGE' })
})

test('pages of the list have each run once, also with the same time and with entries of earlier versions', async () => {
  const { console, runs, folder } = await serve()
  for (let at = 0; at < 5; at++) await runs.submit(nth(at))
  for (const id of ['run', 'run-a', 'run.b', 'run_c'])
    await runs.submit(newRun({ ...nth(2), id, createdAt: nth(2).createdAt }))
  const earlier = newRun({ ...nth(1), id: 'earlier' })
  await runs.submit(earlier)
  const key = indexKey(earlier.createdAt, earlier.id)
  fill(folder, [key.replace(/\/0\d{6}\//, '/')])
  await new DirectoryStore(folder).delete({ bucket: BUCKET, key })
  const all = ids(await console.get('/api/runs'))
  expect(all).toHaveLength(10)
  for (const limit of [1, 2, 3, 7]) {
    const found: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page = await console.get(
        `/api/runs?limit=${limit}${next && `&before=${encodeURIComponent(next)}`}`,
      )
      found.push(...ids(page))
      next = page.next
    }
    expect(found).toEqual(all)
  }
})

test('a list of 10,000 runs reads no record of an ended run and only as many keys as it shows', async () => {
  const { console, runs, folder } = await serve()
  const ended = Array.from({ length: 10_000 }, (_, at) => nth(at))
  const end: RunEnd = { state: 'SUCCEEDED', code: null, task: 'a.sql', database: 'main' }
  fill(
    folder,
    ended.flatMap(run => [indexKey(run.createdAt, run.id), endKey(run, end)]),
  )
  for (let at = 0; at < 3; at++) await runs.submit(nth(20_000 + at))
  const open = vi.spyOn(DirectoryStore.prototype, 'open')
  const list = vi.spyOn(DirectoryStore.prototype, 'list')
  const first = await console.get('/api/runs?limit=200')
  expect(first.rows).toHaveLength(200)
  expect(open.mock.calls.filter(([{ key }]) => key.endsWith('/run.json'))).toHaveLength(3)
  // The days, and the entries of earlier versions.
  expect(list.mock.calls.filter(([, prefix]) => prefix.startsWith('index/'))).toHaveLength(2)

  open.mockClear()
  const all = [...first.rows]
  let requests = 1
  for (let { next } = first; next !== null; requests++) {
    const page = await console.get(`/api/runs?limit=2000&before=${encodeURIComponent(next)}`)
    all.push(...page.rows)
    next = page.next
  }
  expect(all).toHaveLength(10_003)
  expect(requests).toBe(6)
  expect(open).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})

test('a list reads at most 64 records when many runs have no end in the index', async () => {
  const { console, runs } = await serve()
  for (let at = 0; at < 100; at++) await runs.submit(nth(at))
  const open = vi.spyOn(DirectoryStore.prototype, 'open')
  const { rows } = await console.get('/api/runs')
  expect(rows).toHaveLength(100)
  expect(open.mock.calls.length).toBe(64)
  expect(rows.filter(({ state }: { state: string | null }) => state === null)).toHaveLength(36)
  vi.restoreAllMocks()
})

test('the console shows the other runs when a record is damaged or of a newer version', async () => {
  const { console, runs, log, put } = await serve()
  for (const at of [0, 1, 2]) await (await runs.claim(nth(at), RUNNER, log)).finish(null)
  for (const at of [3, 4]) await runs.submit(nth(at))
  await put('runs/run-1/run.json', '{"version":')
  await put('runs/run-3/run.json', JSON.stringify({ version: 3 }))
  await put('runs/run-4/run.json', '<script>alert(1)</script>')
  const { rows, warnings } = await console.get('/api/runs')
  expect(rows).toMatchObject([
    { id: 'run-4', state: null },
    { id: 'run-3', state: null },
    { id: 'run-2', state: 'SUCCEEDED' },
    { id: 'run-1', state: 'SUCCEEDED' },
    { id: 'run-0' },
  ])
  expect(warnings.join('\n')).toMatch(/run run-3: .*version 3/)
  await console.get('/api/runs')
  expect(console.talk.filter(entry => /^warning: run run-[34]: /.test(entry))).toHaveLength(2)
  const { details } = await console.get('/api/details?id=run-0&id=run-1&id=run-3')
  expect(details).toMatchObject({
    'run-0': { state: 'SUCCEEDED' },
    'run-1': { problem: { code: 'RUN_RECORD_INVALID' } },
    'run-3': { problem: { hint: 'Install the newer version of batchquery that wrote it.' } },
  })
  for (const view of ['', '/statement', '/log', '/result'])
    expect(await console.refusal(`/api/runs/run-3${view}`)).toMatchObject({
      code: 'RUN_RECORD_INVALID',
      manual: 'errors#RUN_RECORD_INVALID',
    })
  const history = await console.get('/api/history?task=a.sql')
  expect(ids({ rows: history.runs })).toEqual(['run-0', 'run-1', 'run-2'])
  expect(history.warnings).toHaveLength(2)
})

test('the console works again when a store that went away comes back', async () => {
  const { console, runs, log, takeAway, bringBack } = await serve()
  await (await runs.claim(nth(0), RUNNER, log)).finish(null)
  expect(ids(await console.get('/api/runs'))).toEqual(['run-0'])
  await takeAway()
  expect((await console.get('/api/session')).problem).toMatchObject({ code: expect.any(String) })
  expect((await console.refusal('/api/runs')).code).toMatch(/^(STORE_|BUCKET_|KEY_)/)
  await console.refusal('/api/runs')
  await bringBack()
  expect((await console.get('/api/session')).problem).toBeNull()
  expect(ids(await console.get('/api/runs'))).toEqual(['run-0'])
  expect(console.talk.filter(entry => entry.startsWith('error: '))).toHaveLength(1)
  expect(console.talk.filter(entry => entry === 'the store answers again\n')).toHaveLength(1)
})

test('a console without a store starts, says so, and shows the runs as soon as the store exists', async () => {
  const { folder, log } = await home()
  const store = join(folder, 'later')
  const console = await Served.start({ store, bucket: BUCKET })
  expect(console.talk.join('')).toContain(`the folder ${JSON.stringify(store)} of the store does not exist`)
  expect(await console.refusal('/api/runs')).toMatchObject({ status: 404, code: 'BUCKET_NOT_FOUND' })
  expect((await console.get('/api/session')).problem).toMatchObject({
    hint: expect.stringContaining('--store'),
  })
  mkdirSync(store)
  expect(await console.get('/api/runs')).toMatchObject({ rows: [], next: null })
  const runs = new RunStore(new DirectoryStore(store), BUCKET)
  await (await runs.claim(nth(0), RUNNER, log)).finish(null)
  expect(ids(await console.get('/api/runs'))).toEqual(['run-0'])
})

test('the history of a task has its runs, the oldest first, and no run of a task with a longer name', async () => {
  const { console, runs, log } = await serve()
  for (const [at, task] of ['daily/a.sql', 'a.sql', 'b.sql', 'monthly/a.sql'].entries()) {
    const run = await runs.claim(nth(at, task), RUNNER, log)
    await run.start(PINNED)
    run.notes.addProgress({ rows: at * 10 })
    await run.finish(at === 1 ? new BatchQueryError('TIMEOUT', 'late') : null)
  }
  const history = await console.get('/api/history?task=a.sql')
  expect(history.runs).toMatchObject([
    { id: 'run-0', rows: 0 },
    { id: 'run-1', rows: 10, code: 'TIMEOUT' },
    { id: 'run-3', rows: 30 },
  ])
  expect(ids({ rows: (await console.get('/api/history?task=daily%2Fa.sql')).runs })).toEqual(['run-0'])
  expect(ids({ rows: (await console.get('/api/history?task=a.sql&limit=2')).runs })).toEqual([
    'run-1',
    'run-3',
  ])
})
