import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/library/index.ts'
import { DATABASES, freshFolder, open, resultsIn, type TestDatabase } from './servers.ts'

/** Returns a function that counts the other sessions that run a statement with the text. */
async function lookingFor(database: TestDatabase, text: string): Promise<() => Promise<unknown>> {
  const db = await open(database, { folder: await freshFolder() })
  return async () => (await db.query<{ n: bigint }>(database.running(text)))[0]?.n
}

async function gone(database: TestDatabase, text: string): Promise<void> {
  await expect.poll(await lookingFor(database, text)).toBe(0n)
}

/** Waits until a statement with the text runs. DuckDB does not show its statements; there the next turn of the process is enough. */
async function begun(database: TestDatabase, text: string): Promise<void> {
  if (database.dialect !== 'duckdb') await expect.poll(await lookingFor(database, text)).toBe(1n)
}

describe.each(DATABASES)('$dialect', database => {
  test('stream yields each row in order, and the connection accepts nothing else meanwhile', async () => {
    const db = await open(database, { folder: await freshFolder() })
    let expected = 0
    for await (const { n } of db.stream<{ n: number | bigint }>(database.numbers(100_000))) {
      if (expected === 0) await expect(db.query('SELECT 1')).rejects.toMatchObject({ code: 'USAGE' })
      expect(Number(n)).toBe(++expected)
    }
    expect(expected).toBe(100_000)
    expect(await db.query('SELECT 1 AS v')).toEqual([{ v: 1 }])
  })

  test('stream stops its statement when the loop ends early, and the next statement runs', async () => {
    const db = await open(database, { folder: await freshFolder() })
    for await (const _ of db.stream(`${database.numbers(50_000_000)} -- left early`)) break
    await gone(database, 'left early')
    expect(await db.query('SELECT 1 AS v')).toEqual([{ v: 1 }])
  })

  test('query throws when there are more rows than maxRows', async () => {
    const db = await open(database, { folder: await freshFolder() })
    await expect(db.query(database.numbers(10_001))).rejects.toMatchObject({
      code: 'TOO_MANY_ROWS',
      hint: expect.stringMatching(/stream.*export/),
    })
    expect(await db.query(database.numbers(5), { maxRows: 5 })).toHaveLength(5)
    await expect(db.query(database.numbers(5), { maxRows: 4 })).rejects.toMatchObject({
      code: 'TOO_MANY_ROWS',
    })
  })

  test('a statement stops in the database when its signal aborts', async () => {
    const folder = await freshFolder()
    const db = await open(database, { folder })
    const slow = `${database.slow} -- to be stopped`
    await expect(db.query(slow, { signal: AbortSignal.timeout(300) })).rejects.toMatchObject({
      code: 'TIMEOUT',
    })
    const controller = new AbortController()
    const exporting = db.export(slow, 's3://batchquery-s3/output/result', { signal: controller.signal })
    const queued = db.query('SELECT 1 AS v')
    await begun(database, 'to be stopped')
    controller.abort(new Error('enough'))
    await expect(exporting).rejects.toMatchObject({ code: 'CANCELLED', cause: { message: 'enough' } })
    expect(await queued).toEqual([{ v: 1 }])
    await gone(database, 'to be stopped')
    expect(await resultsIn(folder)).toEqual(database.dialect === 'duckdb' ? ['db01.duckdb'] : [])
    await expect(db.query('SELECT 1', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
  })

  test('close stops the running statement, and a closed connection accepts no other', async () => {
    const folder = await freshFolder()
    const db = await connect(database.url(), { folder, environment: database.environment() })
    const exporting = db.export(`${database.slow} -- closed`, 's3://batchquery-s3/output/result')
    const outcome = expect(exporting).rejects.toMatchObject({ code: 'CANCELLED' })
    await begun(database, '-- closed')
    await db.close()
    await outcome
    await db[Symbol.asyncDispose]()
    await gone(database, 'closed')
    await expect(db.query('SELECT 1')).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('close ends a stream with an error for the reader when some rows were read', async () => {
    const db = await connect(database.url(), {
      folder: await freshFolder(),
      environment: database.environment(),
    })
    const rows = db.stream(`${database.numbers(50_000_000)} -- half read`)
    expect((await rows.next()).done).toBe(false)
    await db.close()
    await gone(database, 'half read')
    await expect(rows.next()).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(db.query('SELECT 1')).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('close ends a stream when the reader waits for the next row', async () => {
    const db = await connect(database.url(), {
      folder: await freshFolder(),
      environment: database.environment(),
    })
    const next = expect(db.stream(`${database.slow} -- awaited`).next()).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    await begun(database, '-- awaited')
    await db.close()
    await next
  })

  test('a loop over a stream ends with an error when it closes the connection', async () => {
    const db = await connect(database.url(), {
      folder: await freshFolder(),
      environment: database.environment(),
    })
    const loop = async () => {
      for await (const _ of db.stream(database.numbers(50_000_000))) await db.close()
    }
    await expect(loop()).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test('a signal frees the connection when a stream is not read any more', async () => {
    const db = await open(database, { folder: await freshFolder() })
    const controller = new AbortController()
    const rows = db.stream(`${database.numbers(50_000_000)} -- let go`, { signal: controller.signal })
    expect((await rows.next()).done).toBe(false)
    controller.abort()
    await gone(database, 'let go')
    await expect.poll(() => db.query('SELECT 1 AS v').catch(error => error.code)).toEqual([{ v: 1 }])
    await expect(rows.next()).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test('calls run one after the other when they are not awaited', async () => {
    const db = await open(database, { folder: await freshFolder() })
    const [, , rows] = await Promise.all([
      db.execute('CREATE TEMPORARY TABLE t2 (id INTEGER)'),
      db.execute('INSERT INTO t2 VALUES (1), (2)'),
      db.query('SELECT id FROM t2 ORDER BY id'),
    ])
    expect(rows).toEqual([{ id: 1 }, { id: 2 }])
  })
})

test('connect refuses unusable settings', async () => {
  const folder = await freshFolder()
  await expect(connect('nowhere', { folder, environment: {} })).rejects.toMatchObject({ code: 'CONFIG' })
  await expect(
    connect('mysql://u@127.0.0.1:1/db?connect_timeout=0', { folder, environment: {} }),
  ).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
  })
})
