import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { BlockPool, NO_FORMAT_CLAUSES, planFormat } from '../../../src/format/index.ts'
import { collect, fifos, open, streamOptions } from './fixture.ts'
import { parquetFile } from './parquet-file.ts'

// A separate folder for temporary files, so everything that stays in it is ours.
const before = process.env.TMPDIR
const temporary = await mkdtemp(join(tmpdir(), 'duckdb-tmp-'))
process.env.TMPDIR = temporary

const pipes = () => process.getActiveResourcesInfo().filter(name => name === 'PipeWrap').length
const pipesBefore = pipes()

/** No pipe remains, in the file system or open, however an export ended. */
afterEach(async () => {
  expect(await fifos()).toEqual([])
  expect(pipes()).toBe(pipesBefore)
})

afterAll(async () => {
  process.env.TMPDIR = before
  await rm(temporary, { recursive: true })
})

const plan = planFormat({ ...NO_FORMAT_CLAUSES, format: 'PARQUET' })
/** A query that would take minutes, with rows from the first moment on. */
const ENDLESS = 'SELECT i, [i, NULL] AS list FROM range(10000000000) t(i)'

test.each([
  [
    'in its first file',
    "SELECT [i] AS a, CASE WHEN i = 10 THEN error('boom') END AS e FROM range(1000) t(i)",
  ],
  [
    'in a later file',
    "SELECT [i] AS a, CASE WHEN i = 700000 THEN error('boom') END AS e FROM range(1000000) t(i)",
  ],
  [
    'in its last row',
    "SELECT [i] AS a, CASE WHEN i = 999999 THEN error('boom') END AS e FROM range(1000000) t(i)",
  ],
])('an export fails when its query fails %s', async (_name, sql) => {
  const session = await open()
  await expect(collect(session, sql, { plan })).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(/Invalid Input Error: boom$/),
  })
  expect((await parquetFile(session, 'SELECT [1] AS a')).length).toBeGreaterThan(100)
})

test('cancel ends an export at once when the taker has all blocks', async () => {
  const session = await open()
  const pool = new BlockPool(4096, 2)
  const blocks = (await session.stream(ENDLESS, streamOptions({ plan, pool })))[Symbol.asyncIterator]()
  const first = await blocks.next()
  await delay(50)
  await session.cancel()
  await expect(blocks.next()).rejects.toMatchObject({ code: 'CANCELLED' })
  first.value?.release()
  expect([pool.take(), pool.take()]).not.toContain(null)
})

test('an export ends, and leaves nothing, when its taker fails or stops early', async () => {
  const session = await open()
  for (const isFailing of [true, false]) {
    const rows = await session.stream(ENDLESS, streamOptions({ plan }))
    const taking = async () => {
      for await (const block of rows) {
        block.release()
        if (isFailing) throw new Error('the taker fails')
        break
      }
    }
    await (isFailing ? expect(taking()).rejects.toThrow('the taker fails') : taking())
  }
})

test('an export fails when no more pipes can be made', async () => {
  const session = await open()
  const path = process.env.PATH
  const exporting = async () => {
    for await (const block of await session.stream(ENDLESS, streamOptions({ plan, maxPartBytes: 1 << 20 }))) {
      process.env.PATH = '/nowhere'
      block.release()
    }
  }
  await expect(exporting()).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringMatching(/^cannot make the named pipe in .*mkfifo ENOENT/),
  })
  process.env.PATH = path
})
