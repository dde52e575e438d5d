import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Home, uriOf } from './home.ts'
import { GOLDEN } from './old-program.ts'
import { BUCKET, exportsOf, partsOf, TASKS, type Written } from './runs.ts'

const RUNNING = { state: 'RUNNING', dead: true, exports: [] }
const exporting = (...states: string[]) => ({ ...RUNNING, exports: states })

/** The runs of the frozen store by their ids: state, exports, and whether the runner is dead. */
const FROZEN = {
  queued: { state: 'QUEUED', dead: false, exports: [] },
  claimed: { state: 'QUEUED', dead: false, exports: [] },
  running: RUNNING,
  asked: RUNNING,
  begun: RUNNING,
  ledger: RUNNING,
  staged: exporting('STAGED'),
  committing: exporting('COMMITTING'),
  half: exporting('COMMITTING'),
  over: exporting('COMMITTING'),
  many: exporting('COMMITTING'),
  published: exporting('PUBLISHED'),
  second: exporting('PUBLISHED', 'COMMITTING'),
  twice: exporting('ABORTED', 'COMMITTING'),
  again: { state: 'SUCCEEDED', dead: false, exports: ['ABORTED', 'PUBLISHED'] },
  succeeded: { state: 'SUCCEEDED', dead: false, exports: ['PUBLISHED', 'PUBLISHED', 'PUBLISHED'] },
  native: { state: 'SUCCEEDED', dead: false, exports: ['PUBLISHED', 'PUBLISHED'] },
  failed: { state: 'FAILED', dead: false, exports: ['PUBLISHED'] },
  cancelled: { state: 'CANCELLED', dead: false, exports: [] },
}

const frozenLog = (id: string, attempt: number): Promise<string> =>
  readFile(join(GOLDEN, 'store', BUCKET, `runs/${id}/log-000${attempt}.txt`), 'utf8')

/** An export as `verify` shows it. */
const verified = (written: Written) => {
  const { name, rows, form } = written
  const parts = partsOf(written)
  const bytes = [...parts.values()].reduce((sum, text) => sum + text.length, 0)
  // Compressed parts have other sizes.
  return {
    uri: uriOf(name),
    parts: parts.size,
    rows,
    bytes: form === 'long rows' ? expect.any(Number) : bytes,
  }
}

test('ls lists the runs of version 1 with their states', async () => {
  const home = await Home.unpack()
  const { runs } = await home.ask(['ls', '--limit', '100'])
  const found = runs.map(
    ({
      id,
      state,
      dead,
      exports,
    }: {
      id: string
      state: string
      dead: boolean
      exports: { state: string }[]
    }) => [id, { state, dead, exports: exports.map(entry => entry.state) }],
  )
  expect(Object.fromEntries(found)).toEqual(FROZEN)
})

describe('show', () => {
  test('shows a run with two attempts', async () => {
    const home = await Home.unpack()
    const [written] = exportsOf('again')
    expect(await home.ask(['show', 'again'])).toMatchObject({
      id: 'again',
      state: 'SUCCEEDED',
      attempt: 2,
      startedAttempt: 2,
      attempts: [
        { attempt: 1, host: 'elsewhere' },
        { attempt: 2, host: 'elsewhere' },
      ],
      exports: [
        { attempt: 1, state: 'ABORTED' },
        { attempt: 2, state: 'PUBLISHED', uri: uriOf('again'), rows: written?.rows, mode: 'streamed' },
      ],
    })
  })

  test('shows a native export, a failure and a cancellation', async () => {
    const home = await Home.unpack()
    expect(await home.ask(['show', 'native'])).toMatchObject({
      databases: [{ dialect: 'mysql', host: 'database.example' }],
      exports: [
        { mode: 'streamed', rows: 3 },
        {
          mode: 'native',
          rows: 3,
          parts: [
            { rows: null, bytes: 18 },
            { rows: null, bytes: 9 },
          ],
        },
      ],
    })
    expect(await home.ask(['show', 'failed'])).toMatchObject({ error: { code: 'QUERY_FAILED' }, exitCode: 1 })
    expect(await home.ask(['show', 'cancelled'])).toMatchObject({ error: { code: 'CANCELLED' } })
  })
})

describe('logs', () => {
  test('prints the log of each attempt, or of one', async () => {
    const { workspace } = await Home.unpack()
    const [first, second] = await Promise.all([frozenLog('again', 1), frozenLog('again', 2)])
    expect(first).toContain('again')
    const all = await workspace.run(['logs', 'again'])
    expect(all.stdout).toBe(`(attempt 1)\n${first}(attempt 2)\n${second}`)
    expect((await workspace.run(['logs', 'again', '--attempt', '1'])).stdout).toBe(first)
    expect((await workspace.run(['logs', '-f', 'again', '--attempt', '2'])).stdout).toBe(second)
    expect((await workspace.run(['logs', 'again', '--attempt', '3'])).code).toBe(2)
  })

  test('prints the log of a run with one attempt', async () => {
    const { workspace } = await Home.unpack()
    expect((await workspace.run(['logs', 'succeeded'])).stdout).toBe(await frozenLog('succeeded', 1))
  })
})

describe('verify', () => {
  test('finds the results of version 1 whole', async () => {
    const home = await Home.unpack()
    for (const id of ['succeeded', 'again'])
      expect(await home.ask(['verify', id])).toEqual({
        run: id,
        state: 'SUCCEEDED',
        verified: true,
        exports: exportsOf(id).map(verified),
        differences: [],
      })
    const native = { uri: uriOf('native'), parts: 2, rows: 3, bytes: 27 }
    expect(await home.ask(['verify', 'native'])).toMatchObject({
      verified: true,
      exports: [...exportsOf('native').map(verified), native],
    })
    expect(await home.ask(['verify', 'failed'], 6)).toMatchObject({ verified: false, differences: [] })
  })

  test('finds a part that was changed', async () => {
    const home = await Home.unpack()
    await home.workspace.writeObject(
      'output/succeeded-1.part_00000',
      '0\tsucceeded-1\n1\tsucceeded-1\n2\tsucceeded-X\n',
    )
    const { differences } = await home.ask(['verify', 'succeeded'], 6)
    expect(differences).toMatchObject([{ uri: `${uriOf('succeeded-1')}.part_00000` }])
  })
})

test('get downloads the results of version 1', async () => {
  const home = await Home.unpack()
  const { folder } = home.workspace
  await mkdir(join(folder, 'got'))
  for (const id of ['succeeded', 'again']) {
    await home.ask(['get', id, `got/${id}`])
    const wanted = new Map(exportsOf(id).flatMap(written => [...partsOf(written)]))
    const names = (await readdir(join(folder, 'got', id))).filter(name => name.includes('.part_'))
    expect(names.map(name => `output/${name}`).sort()).toEqual([...wanted.keys()].sort())
    for (const name of names) {
      const bytes = await readFile(join(folder, 'got', id, name))
      const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
      expect(text === wanted.get(`output/${name}`), name).toBe(true)
    }
  }
  expect((await home.workspace.run(['get', 'native'])).code).toBe(2)
})

test('the frozen store has a run for each task', () => {
  expect(Object.keys(FROZEN).sort()).toEqual([...TASKS.keys()].sort())
})
