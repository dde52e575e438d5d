import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, inject, test, vi } from 'vitest'
import type { StagedExport } from '../../../src/journal/index.ts'
import { adminPg } from '../../setup/postgres-client.ts'
import {
  BUCKET,
  exported,
  type Given,
  openSessions,
  QUERY,
  ROWS,
  storedFiles,
  type World,
  world,
} from './fixture.ts'

const DIALECTS = inject('dialects')

const JOIN = 'SELECT a.id, b.v FROM t a JOIN t b ON a.id = b.id'

/** The lines of all parts, sorted. */
async function sortedLines({ store }: World, { parts }: StagedExport): Promise<string[]> {
  const texts = await Promise.all(
    parts.map(async ({ token }) =>
      Buffer.from((await store.read({ bucket: BUCKET, key: token.key }))?.bytes ?? []).toString(),
    ),
  )
  return texts.join('').split('\n').sort()
}

/** What DuckDB says of all rows of the Parquet files. */
async function digestOf({ store }: World, { parts }: StagedExport): Promise<unknown> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const files = parts.map(({ token }) => `'${join(store.name, BUCKET, token.key)}'`).join(', ')
  const digest = `count(*)::INT, sum(id)::BIGINT, bit_xor(hash(id, v, day::DATE))`
  const reader = await connection.runAndReadAll(
    `SELECT ${digest} FROM read_parquet([${files}], hive_partitioning = true)`,
  )
  connection.closeSync()
  return reader.getRowsJson()
}

const run = async (here: World, given: Given): Promise<StagedExport> => (await exported(here, given)).staged

async function nothingElseRemains(here: World, files: number): Promise<void> {
  await expect.poll(() => openSessions(here)).toEqual([])
  expect(here.closed.toSorted()).toEqual(here.opened.map(({ id }) => id).toSorted())
  expect(storedFiles(here)).toHaveLength(files)
}

describe.each(DIALECTS)('%s', dialect => {
  test.each(['TEXT', 'CSV', 'JSON'] as const)(
    'exports the same rows as %s as one session does',
    async format => {
      const here = await world(dialect)
      const single = await run(here, { parallel: null, clauses: { format, overwrite: 'ON' } })
      const expected = await sortedLines(here, single)
      const staged = await run(here, { clauses: { format, overwrite: 'ON' } })
      expect(staged).toMatchObject({ rows: ROWS, bytes: single.bytes, level: 'snapshot' })
      expect(staged.moment).toMatch(dialect === 'mysql' ? / UTC/ : /^snapshot /)
      expect(await sortedLines(here, staged)).toEqual(expected)
      const keys = staged.parts.map(({ token }) => token.key)
      expect(keys.length).toBeGreaterThan(1)
      expect(keys).toEqual(keys.toSorted())
      expect(here.warnings).toEqual([])
      await nothingElseRemains(here, keys.length)
    },
  )

  test.each([null, { columns: ['day'], include: false }])(
    'exports the same rows as PARQUET as one session does, with the partitions %j',
    async partitionBy => {
      const here = await world(dialect)
      const clauses = { format: 'PARQUET', overwrite: 'ON', manifest: 'VERBOSE', partitionBy } as const
      const single = await run(here, { parallel: null, clauses })
      const expected = await digestOf(here, single)
      const staged = await run(here, { clauses })
      expect(await digestOf(here, staged)).toEqual(expected)
      expect(staged.described).toEqual({ ...single.described, level: 'snapshot' })
      const folders = new Set(staged.parts.map(({ token }) => token.key.slice(0, token.key.lastIndexOf('/'))))
      expect(folders.size).toBe(partitionBy === null ? 1 : 3)
      await nothingElseRemains(here, staged.parts.length + 1)
    },
  )

  test('reads under CONSISTENCY NONE without a moment', async () => {
    const here = await world(dialect)
    const staged = await run(here, { parallel: { consistency: 'NONE' } })
    expect(staged).toMatchObject({ rows: ROWS, level: 'none' })
    expect(staged.moment).toBeUndefined()
    await nothingElseRemains(here, staged.parts.length)
  })

  test.each([1, 64])('reads an empty table with %i readers', async readers => {
    const here = await world(dialect)
    const staged = await run(here, { query: 'SELECT * FROM none', parallel: { readers } })
    expect(staged.parts.map(({ rows }) => rows)).toEqual([0])
    await nothingElseRemains(here, 1)
  })

  test('divides a query by the columns of BY', async () => {
    const here = await world(dialect)
    const staged = await run(here, { query: JOIN, parallel: { by: ['id'] } })
    expect(staged.rows).toBe(ROWS)
    expect(staged.parts.length).toBeGreaterThan(1)
    await nothingElseRemains(here, staged.parts.length)
  })
})

describe.each(DIALECTS.filter(dialect => dialect === 'postgres'))('%s', dialect => {
  /** 800 rows of half a megabyte: a reader has a statement for a while. */
  const LONG = "SELECT id, repeat('x', 500000) AS v FROM t WHERE id % 25 = 0"

  /** Starts an export, and does something when it has read some rows. */
  async function disturbed(here: World, given: Given, disturb: () => unknown): Promise<unknown> {
    let failure: unknown = null
    const running = run(here, { query: LONG, ...given }).catch(thrown => {
      failure = thrown
      return thrown
    })
    await expect.poll(() => here.counted.rows > 0 || failure !== null).toBe(true)
    await disturb()
    return running
  }

  test('a reader whose session is killed is replaced by one that sees the same snapshot', async () => {
    const here = await world(dialect)
    const admin = await adminPg()
    const staged = await disturbed(here, {}, () =>
      admin.query('SELECT pg_terminate_backend($1::int)', [here.opened[1]?.id]),
    )
    await admin.end()
    expect(here.warnings).toEqual([expect.stringContaining('a reader was lost')])
    expect(staged).toMatchObject({ rows: ROWS / 25, level: 'snapshot' })
    await nothingElseRemains(here, storedFiles(here).length)
  })

  test('a cancelled export leaves nothing', async () => {
    const here = await world(dialect)
    const controller = new AbortController()
    const ended = disturbed(here, { signal: controller.signal }, () =>
      controller.abort(new Error('stopped by the test')),
    )
    expect(await ended).toMatchObject({ message: 'stopped by the test' })
    expect(here.journal.events).toEqual(['aborted'])
    await nothingElseRemains(here, 0)
  })
})

describe.each(DIALECTS.filter(dialect => dialect === 'mysql'))('%s', dialect => {
  test.each([
    ['a query', QUERY, 1],
    [
      'a query that asks for the time, which a later attempt has otherwise,',
      'SELECT id, NOW() AS now FROM t',
      2,
    ],
  ])('the ranges of %s have a plan for each time of the session under NONE: %j', async (_, query, plans) => {
    const here = await world(dialect)
    const written = vi.spyOn(here.journal, 'write')
    for (const time of [1_700_000_000, 1_700_000_001]) {
      await here.session.execute(`SET timestamp = ${time}`, 0)
      await run(here, { query, parallel: { consistency: 'NONE' }, clauses: { overwrite: 'ON' } })
    }
    const found = written.mock.calls.flatMap(([step]) =>
      step.step === 'range' ? [step.range.planSha256] : [],
    )
    expect(found.length).toBeGreaterThan(2)
    expect(new Set(found).size).toBe(plans)
  })
})
