import { describe, expect, test } from 'vitest'
import { statementsWith } from '../../setup/mariadb-client.ts'
import { explicitReads } from './explicit-reads.ts'
import {
  between,
  type Given,
  hostOf,
  MARK,
  openSessions,
  parallelRead,
  ROWS,
  storedFiles,
  type World,
  world,
} from './fixture.ts'

const declared = Promise.resolve()
const FOUR = between(5_000, 9_000, 15_000)
/** Takes long enough to be disturbed, and has its first rows soon. */
const SLOW = 'SELECT id, v, day, SLEEP(0.01) AS z FROM t'

async function nothingRemains(here: World): Promise<void> {
  await expect.poll(() => openSessions(here)).toEqual([])
  expect(here.closed.toSorted()).toEqual(here.opened.map(({ id }) => id).toSorted())
  expect(await statementsWith(MARK)).toEqual([])
  expect(storedFiles(here)).toEqual([])
}

test('the readers read each range once, and their rows are one result', async () => {
  const here = await world()
  const reads = explicitReads({ where: FOUR, estimatedRows: ROWS })
  const read = parallelRead(here, reads)
  const staged = await read.stage(declared)
  expect(staged).toMatchObject({ rows: ROWS, level: 'snapshot', moment: 'moment of the test' })
  expect(staged.parts.map(({ token, rows }) => [token.key, rows])).toEqual([
    ['out/r.part_00100_00000', 4_999],
    ['out/r.part_00200_00000', 4_000],
    ['out/r.part_00300_00000', 6_000],
    ['out/r.part_00400_00000', 5_001],
  ])
  expect(here.counted).toEqual({ rows: ROWS, bytes: staged.bytes, parts: 4 })
  expect(here.opened).toHaveLength(3)
  expect(here.ranges.at(-1)).toEqual({ done: 4, all: 4, expectedRows: ROWS })
  expect(storedFiles(here)).toHaveLength(4)
  await read.abort()
  await nothingRemains(here)
  expect(here.warnings).toEqual([])
  expect(reads.closed()).toBe(1)
})

test('64 readers are as many as there are ranges', async () => {
  const here = await world()
  const read = parallelRead(here, explicitReads({ where: between(100, 200) }), { parallel: { readers: 64 } })
  expect((await read.stage(declared)).rows).toBe(ROWS)
  expect(here.opened).toHaveLength(3)
  expect(here.notes).toContain('PARALLEL 64: 3 sessions read, because there are only 3 ranges')
})

describe('a result without rows', () => {
  const where = between(100, 200)
  const query = 'SELECT * FROM none'

  test.each(['TEXT', 'CSV', 'JSON', 'PARQUET'] as const)('has one part of %s', async format => {
    const here = await world()
    const clauses = { format, header: format === 'CSV' }
    const staged = await parallelRead(here, explicitReads({ where }), { query, clauses }).stage(declared)
    expect(staged.parts.map(({ token, rows }) => [token.key.replace(/\.\w+$/, ''), rows])).toEqual([
      [format === 'TEXT' || format === 'CSV' ? 'out/r' : 'out/r.part_00100_00000', 0],
    ])
    expect(storedFiles(here)).toHaveLength(1)
  })

  test('has no part with PARTITION BY', async () => {
    const here = await world()
    const partitionBy = { columns: ['day'], include: false }
    const read = parallelRead(here, explicitReads({ where }), { query, clauses: { partitionBy } })
    expect((await read.stage(declared)).parts).toEqual([])
    expect(storedFiles(here)).toEqual([])
  })
})

test('a range without rows has no part', async () => {
  const here = await world()
  const where = ['id < 0', 'id BETWEEN 0 AND 10', 'id < -1', 'id > 10']
  const clauses = { format: 'PARQUET', compression: 'SNAPPY' } as const
  const staged = await parallelRead(here, explicitReads({ where }), { clauses }).stage(declared)
  expect(staged.parts.map(({ token }) => token.key)).toEqual([
    'out/r.part_00200_00000.parquet',
    'out/r.part_00400_00000.parquet',
  ])
  expect(storedFiles(here)).toHaveLength(2)
})

test('partitions come from all ranges, and MAXPARTITIONS counts them together', async () => {
  const here = await world()
  const clauses = { partitionBy: { columns: ['day'], include: false } }
  const where = ["day = '2026-01-01'", "day <> '2026-01-01'"]
  const read = parallelRead(here, explicitReads({ where }), { clauses })
  const staged = await read.stage(declared)
  expect(staged.parts.map(({ token }) => token.key)).toEqual([
    'out/r/day=2026-01-01/part_00100_00000',
    'out/r/day=2026-01-02/part_00200_00000',
    'out/r/day=2026-01-03/part_00200_00000',
  ])
  await read.abort()
  const few = parallelRead(here, explicitReads({ where }), { clauses: { ...clauses, maxPartitions: 2 } })
  await expect(few.stage(declared)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: '"day=2026-01-03" would be partition 3, and MAXPARTITIONS is 2',
  })
  await few.abort()
  await nothingRemains(here)
})

describe('when it fails, nothing remains', () => {
  const failing = async (given: Given, where: readonly string[], here: World) => {
    const read = parallelRead(here, explicitReads({ where }), given)
    const error: unknown = await read.stage(declared).catch(thrown => thrown)
    await read.abort()
    await nothingRemains(here)
    return error
  }

  test('because a range fails', async () => {
    const here = await world()
    const where = ['id = (SELECT 1 UNION SELECT 2)', ...FOUR]
    expect(await failing({ query: SLOW }, where, here)).toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringContaining('more than 1 row'),
    })
  })

  test('because the export is cancelled', async () => {
    const here = await world()
    const controller = new AbortController()
    const ended = failing({ query: SLOW, signal: controller.signal }, FOUR, here)
    await expect.poll(() => statementsWith(MARK).then(found => found.length)).toBe(3)
    controller.abort(new Error('stopped by the test'))
    expect(await ended).toMatchObject({ message: 'stopped by the test' })
  })

  test('because the columns of a range are others', async () => {
    const here = await world()
    const where = ['id < 10', 'id >= 10 UNION ALL SELECT 1.5, 2, 3']
    expect(await failing({ clauses: { format: 'JSON' } }, where, here)).toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringContaining('the table was altered while it was read'),
    })
  })

  test('because the moment did not last', async () => {
    const here = await world()
    const confirm = () => Promise.reject(new Error('the moment is lost'))
    const read = parallelRead(here, explicitReads({ where: FOUR, confirm }))
    await expect(read.stage(declared)).rejects.toThrow('the moment is lost')
    await read.abort()
    await nothingRemains(here)
  })
})

describe('a reader that is lost', () => {
  const killFirst = async (here: World) => {
    await expect.poll(() => statementsWith(MARK).then(found => found.length)).toBeGreaterThan(0)
    await here.session.execute(`KILL ${here.opened[0]?.id}`, 0)
  }
  const query = 'SELECT id, v, day, SLEEP(IF(id % 10 = 0, 0.002, 0)) AS z FROM t WHERE id < 5000'

  test('is replaced by one that joins the moment', async () => {
    const here = await world()
    const read = parallelRead(here, explicitReads({ where: between(1_500, 3_000), join: [] }), { query })
    const staged = read.stage(declared)
    await killFirst(here)
    expect(await staged).toMatchObject({ rows: 4_999 })
    expect(here.opened).toHaveLength(4)
    expect(here.counted).toMatchObject({ rows: 4_999 })
    expect(here.warnings).toEqual([
      expect.stringContaining('a reader was lost, and another one reads its range'),
    ])
    expect(storedFiles(here)).toHaveLength(3)
    await read.abort()
    await nothingRemains(here)
  })

  test('leaves its ranges to the others if none can join', async () => {
    const here = await world()
    const read = parallelRead(here, explicitReads({ where: between(1_500, 3_000) }), { query })
    const staged = read.stage(declared)
    await killFirst(here)
    expect(await staged).toMatchObject({ rows: 4_999 })
    expect(here.opened).toHaveLength(3)
    await read.abort()
    await nothingRemains(here)
  })

  test('ends the export if it is the last one', async () => {
    const here = await world()
    const read = parallelRead(here, explicitReads({ where: between(3_000) }), {
      query,
      host: { limits: { maxSessions: 3, warnAbove: {} } },
    })
    const ended = read.stage(declared).catch(thrown => thrown)
    await killFirst(here)
    expect(await ended).toMatchObject({ code: 'DATABASE_LOST' })
    await read.abort()
    await nothingRemains(here)
  })
})

test('a range whose readers die is tried three times, and what they had staged is removed', async () => {
  const here = await world()
  const program = new URL('mortal-reader.cjs', import.meta.url)
  const where = ['id < 50', 'id BETWEEN 50 AND 150 AND SLEEP(0.01) = 0 /* dies */', 'id > 150']
  const read = parallelRead(here, explicitReads({ where, join: [] }), {
    host: { program },
    query: "SELECT id, REPEAT('x', 60000) AS v, day FROM t WHERE id < 200",
  })
  const error = await read.stage(declared).catch(thrown => thrown)
  expect(error).toMatchObject({ code: 'RUNNER_LOST', message: expect.stringContaining('ended by itself') })
  // Another reader may take the range before a new one has logged in.
  expect(here.opened.length).toBeGreaterThanOrEqual(3)
  await read.abort()
  await nothingRemains(here)
})

describe('the number of sessions', () => {
  test('is at most --max-sessions', async () => {
    const here = await world()
    const host = { limits: { ...hostOf(here).limits, maxSessions: 4 } }
    await parallelRead(here, explicitReads({ where: FOUR }), { host, parallel: { readers: 8 } }).stage(
      declared,
    )
    expect(here.opened).toHaveLength(2)
    expect(here.notes).toContain(
      'PARALLEL 8: 2 sessions read, because --max-sessions is 4, and 2 of them read no range',
    )
  })

  test('is refused if the login may not open so many', async () => {
    const here = await world()
    const room = async () => ({ sessions: 2, why: 'max_user_connections is 3, and 1 session is open' })
    const read = parallelRead(here, explicitReads({ where: FOUR, room }))
    await expect(read.stage(declared)).rejects.toMatchObject({
      code: 'UNSUPPORTED_CLAUSE',
      message:
        'PARALLEL 3 needs 4 further sessions, but this login may open only 2: max_user_connections is 3, and 1 session is open',
      hint: 'Write PARALLEL 1, or raise the limit.',
    })
    expect(here.opened).toEqual([])
  })
})

test('the burden of the moment is logged, and is a warning above the limit', async () => {
  const here = await world()
  const burden = () => ({ kind: 'history', value: 2_000, text: 'history list length 2,000' }) as const
  const host = { burdenMs: 20, limits: { maxSessions: null, warnAbove: { history: 1_000 } } }
  await parallelRead(here, explicitReads({ where: FOUR, burden }), {
    host,
    query: `${SLOW} LIMIT 100`,
  }).stage(declared)
  expect(here.warnings).toEqual([
    expect.stringContaining('history list length 2,000, which is above --warn-history'),
  ])
  expect(here.notes).toContain('history list length 2,000')
})
