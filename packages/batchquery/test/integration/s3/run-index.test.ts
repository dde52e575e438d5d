import { expect, test } from 'vitest'
import { recoveryIn } from '../../../src/export/index.ts'
import { inParallel, Log } from '../../../src/platform/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { endKey, indexKey, type RunEnd } from '../../../src/run/index-keys.ts'
import { listedRuns } from '../../../src/submit/listed-runs.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { adminClient, freshBucket } from '../../setup/s3-client.ts'
import { openStore } from './fixture.ts'

const DAY = 24 * 60 * 60 * 1000
const RUNNER = { host: 'here', pid: 7, version: '0.1.0' }
const SUCCEEDED: RunEnd = { state: 'SUCCEEDED', code: null, task: 't.sql', database: 'main' }
const DAYS = 50
const RUNS_A_DAY = 30

const proxy = await s3Proxy()
const bucket = await freshBucket()
const { store } = openStore(proxy.endpoint)
const talk: string[] = []
const log = new Log('normal', entry => talk.push(entry))
const runs = new RunStore(store, bucket, { recovery: recoveryIn(store) })
const now = new Date()

/** Run 0 is the newest. */
const runOf = (at: number) => ({
  id: `run-${at}`,
  createdAt: new Date(now.getTime() - Math.floor(at / RUNS_A_DAY) * DAY - (at % RUNS_A_DAY)),
})
const submit = (at: number) =>
  runs.submit({
    ...runOf(at),
    task: { bucket, key: 'script/t.sql' },
    args: [],
    params: {},
    request: { database: 'main', timeoutSeconds: null, pin: null },
    engine: { name: 'local' },
  })
const put = (Key: string) => adminClient().putObject({ Bucket: bucket, Key, Body: '', ContentLength: 0 })
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `run-${from + at}`)

async function counted<T>(work: () => Promise<T>) {
  proxy.reset()
  const result = await work()
  const requests = proxy.requests.map(({ method, url }) => {
    if (method !== 'GET' || !url.includes('list-type=2')) return method
    return /[?&]max-keys=1(&|$)/.test(url) ? 'CLOCK' : 'LIST'
  })
  const count = (kind: string) => requests.filter(request => request === kind).length
  return { result, lists: count('LIST'), gets: count('GET'), clocks: count('CLOCK'), all: requests.length }
}

// Older runs exist only in the index, so a test fails if it reads another object of them.
await inParallel([...Array(DAYS * RUNS_A_DAY).keys()], 16, async at => {
  const run = runOf(at)
  if (at < 25) await submit(at)
  else await put(indexKey(run.createdAt, run.id))
  if (at >= 10) await put(endKey(run, at === 500 ? { ...SUCCEEDED, state: 'FAILED' } : SUCCEEDED))
})

test('a list of 20 runs among thousands takes two pages of the index and 20 records', async () => {
  const { result, lists, gets, all } = await counted(async () => {
    const found: string[] = []
    for await (const { id } of runs.list({ limit: 20 })) found.push(id)
    return found
  })
  expect(result).toEqual(ids(0, 20))
  expect({ lists, gets, all }).toEqual({ lists: 2, gets: 20, all: 22 })
})

test('a filter pages through the index and reads the records of runs that have not ended', async () => {
  await submit(500)
  const { result, lists, gets, clocks } = await counted(() =>
    listedRuns(runs, { limit: 20, filter: { state: 'FAILED' } }, log),
  )
  // The record of run 500 says QUEUED, and the index does not overrule it.
  expect(result).toEqual([])
  const pages = Math.ceil((2 * DAYS * RUNS_A_DAY) / 1000)
  expect(gets).toBe(10 + 1)
  // A server may return pages that are not full, as radosgw does soon after the writes.
  expect(lists).toBeGreaterThan(pages)
  expect(lists).toBeLessThanOrEqual(2 * pages)
  // Run 500 may be dead or not, because it was submitted about a minute ago.
  expect(clocks).toBeLessThanOrEqual(1)
})

test('entries of earlier versions are listed among those of days', async () => {
  const { createdAt } = runOf(3)
  await put(`index/${10 ** 13 - createdAt.getTime()}_earlier`)
  await put('index/readme')
  const found: string[] = []
  for await (const { id } of runs.list({ limit: 5 })) found.push(id)
  expect(found).toEqual(['run-0', 'run-1', 'run-2', 'earlier', 'run-3', 'run-4'])
})

test('a run that ends writes its end, and reap reads neither it nor any other that has ended', async () => {
  const owned = await runs.claim(
    {
      ...runOf(0),
      task: { bucket, key: 'script/t.sql' },
      args: [],
      params: {},
      request: { database: 'main', timeoutSeconds: null, pin: null },
      engine: { name: 'local' },
    },
    RUNNER,
    log,
  )
  await owned.finish(null)
  const { id, createdAt } = runOf(0)
  const end = `${indexKey(createdAt, id)}!SUCCEEDED!-!t.sql!main!`
  const { Contents } = await adminClient().listObjectsV2({ Bucket: bucket, Prefix: end })
  expect(Contents).toMatchObject([{ Size: 0 }])
  const read = await counted(async () => {
    for await (const reaped of runs.reap(RUNNER, log, { dryRun: false })) expect(reaped).toBeNull()
  })
  const records = proxy.requests.flatMap(
    ({ url }) => /runs\/(run-\d+|earlier)\/run\.json/.exec(url)?.[1] ?? [],
  )
  expect(new Set(records)).toEqual(new Set([...ids(1, 10), 'earlier']))
  expect(read.gets).toBeLessThanOrEqual(40)
})
