import { expect, inject, test } from 'vitest'
import { Workspace } from '../cli/workspace.ts'
import { statementsWith } from '../setup/mariadb-client.ts'
import { adminClient, freshBucket, taskCredentials, taskEnvironment } from '../setup/s3-client.ts'
import { startUi } from './program.ts'

const TO_RESULT = "INTO OUTFILE S3 's3://batchquery-s3/output/result'"

const mysql = (): NodeJS.ProcessEnv => {
  const { port, user, password, database } = inject('mariadb')
  return {
    BATCHQUERY_DATABASE: `mysql://${user}@127.0.0.1:${port}/${database}`,
    MYSQL_PWD: password,
  }
}

test('cancel shows its steps until the statement is confirmed gone on the server', async () => {
  const environment = mysql()
  const workspace = await Workspace.create()
  const { console } = await startUi(workspace, environment)
  const mark = `console_${process.pid}_${Date.now()}`
  const sql = `SET @a = 1;\nSELECT SLEEP(3000) AS ${mark}`
  expect(await workspace.runSql(sql, ['--detach'], { environment })).toMatchObject({ code: 0 })
  await expect.poll(() => statementsWith(mark)).toHaveLength(1)
  // The runner says with its next heartbeat which statement runs.
  await expect.poll(async () => (await console.get('/api/runs/r1')).statement?.number).toBe(2)
  const running = await console.get('/api/runs/r1')
  expect(running).toMatchObject({
    state: 'RUNNING',
    statement: { number: 2, line: 2 },
    databases: [{ dialect: 'mysql', sessions: [expect.any(String)] }],
    runner: { place: expect.stringMatching(/^process \d+ on /) },
    isCancelRequested: false,
    ranges: null,
  })
  expect(running.samples.length).toBeGreaterThan(0)
  expect(running.statement.seconds).toBeGreaterThanOrEqual(0)

  const { state, steps, outcome } = await console.job('/api/runs/r1/cancel', {})
  expect(state).toBe('done')
  expect(outcome).toEqual({ state: 'CANCELLED', isGone: true })
  const texts = steps.map(({ text }: { text: string }) => text)
  expect(texts[0]).toBe('the run is RUNNING')
  expect(texts).toContain('requested the cancel; the runner looks for it every 10 s')
  expect(texts).toContain('the run is CANCELLED')
  expect(texts.at(-1)).toMatch(/^confirmed gone on the server: session \d+ at mysql 127\.0\.0\.1/)
  expect(await statementsWith(mark)).toEqual([])
  expect(await console.get('/api/runs/r1')).toMatchObject({
    state: 'CANCELLED',
    statement: null,
    isCancelRequested: true,
    problem: { code: 'CANCELLED', manual: 'errors#CANCELLED' },
  })
  expect((await workspace.record()).statement).toBeUndefined()
})

test('rerun starts a run with changed parameters and secrets that no document shows', async () => {
  const workspace = await Workspace.create()
  const { console, program } = await startUi(workspace)
  const task = `-- @param day date\n-- @param token secret\nSELECT :day AS day, length(:token) AS n ${TO_RESULT} OVERWRITE ON`
  await workspace.write('token', 'the-secret-1')
  const ran = await workspace.runSql(task, ['-p', 'day=2026-11-01', '-p', 'token=@token'])
  expect(ran.code, ran.stderr).toBe(0)
  expect(await console.get('/api/runs/r1')).toMatchObject({
    parameters: [
      { name: 'day', value: '2026-11-01' },
      { name: 'token', value: '***' },
    ],
    withheld: ['token'],
  })

  const without = await console.job('/api/runs/r1/rerun', { parameters: { day: '2026-12-01' } })
  expect(without).toMatchObject({ state: 'failed', outcome: null, problem: { code: 'USAGE' } })
  const wrong = await console.job('/api/runs/r1/rerun', { parameters: { day: 'x', token: 'the-secret-2' } })
  expect(wrong).toMatchObject({ state: 'failed', problem: { code: 'USAGE' } })
  const given = { day: '2026-12-01', token: 'the-secret-22' }
  const again = await console.job('/api/runs/r1/rerun', { parameters: given })
  expect(again).toMatchObject({ state: 'done', problem: null })
  expect(JSON.stringify(again)).not.toContain('the-secret')
  expect(again.command).toBe('batchquery rerun r1 -p day=2026-12-01 -p token=@FILE --detach')
  const { run } = again.outcome
  await expect.poll(async () => (await console.get(`/api/runs/${run}`)).state).toBe('SUCCEEDED')
  expect(await workspace.readObject('output/result.part_00000')).toBe('2026-12-01\t13\n')
  expect(await console.get(`/api/runs/${run}`)).toMatchObject({ repeats: 'r1' })
  expect(await console.get('/api/runs/r1')).toMatchObject({ repeatedBy: [run] })
  const shown = await console.send(`/api/runs/${run}/statement`, { headers: console.authorization })
  expect(shown.text).not.toContain('the-secret')
  expect(program.stderr).not.toContain('the-secret')
  expect(JSON.stringify(await workspace.record(run))).not.toContain('the-secret')
})

test('reap shows what it will do for a dead run, and then does it', async () => {
  const workspace = await Workspace.create()
  const { console } = await startUi(workspace)
  expect(await workspace.runSql(`SELECT sleep_ms(1000000) ${TO_RESULT}`, ['--detach'])).toMatchObject({
    code: 0,
  })
  const { runner } = await workspace.record()
  const live = await console.job('/api/runs/r1/reap', { dryRun: true })
  expect(live.outcome).toMatchObject({ state: 'RUNNING', reap: { isDead: false } })
  process.kill(runner.pid, 'SIGKILL')
  await expect.poll(async () => (await console.get('/api/runs/r1')).isDead).toBe(true)
  const dry = await console.job('/api/runs/r1/reap', { dryRun: true })
  expect(dry).toMatchObject({
    state: 'done',
    command: 'batchquery reap --dry-run',
    outcome: { state: 'RUNNING', reap: { isDryRun: true, isDead: true } },
  })
  expect(await workspace.record()).toMatchObject({ state: 'RUNNING', attempt: 1 })
  const reaped = await console.job('/api/runs/r1/reap', { dryRun: false })
  expect(reaped).toMatchObject({ outcome: { state: 'FAILED', reap: { isDryRun: false, isDead: true } } })
  expect(await console.get('/api/runs/r1')).toMatchObject({
    state: 'FAILED',
    problem: { code: 'RUNNER_LOST' },
    attempts: [{ attempt: 1 }, { attempt: 2 }],
  })
  expect(await workspace.results()).toEqual([])
})

test('the statement view has the task as it ran, its parameters and its exports', async () => {
  const workspace = await Workspace.create()
  const { console } = await startUi(workspace)
  const task = `-- a comment\n-- @param n int = 3\nSELECT i AS "<b>", 'it''s' FROM range(:n) t(i)\n  ${TO_RESULT} FORMAT CSV HEADER PARTITION BY ("<b>")`
  expect(await workspace.runSql(task)).toMatchObject({ code: 0 })
  const shown = await console.get('/api/runs/r1/statement')
  expect(shown).toMatchObject({ problem: null, plans: [], files: [{ path: 'task.sql', text: task }] })
  const { tokens, statements } = shown.sql
  expect(tokens.map(({ text }: { text: string }) => text).join('')).toBe(task)
  expect(tokens).toContainEqual({ kind: 'parameter', text: ':n', value: '3' })
  expect(tokens).toContainEqual({ kind: 'keyword', text: 'SELECT' })
  expect(tokens).toContainEqual({ kind: 'string', text: "'it''s'" })
  expect(statements).toMatchObject([{ number: 1, line: 3, keyword: 'SELECT' }])
  expect(statements[0].export).toContainEqual({ label: 'format', value: 'CSV HEADER' })
  expect(statements[0].export).toContainEqual({ label: 'partition by', value: '<b>' })

  await workspace.writeObject('runs/r1/task/task.sql', 'SELECT 2')
  expect(await console.get('/api/runs/r1/statement')).toMatchObject({
    problem: { code: 'TASK_CHANGED' },
    files: [],
    sql: null,
  })
})

test('the statement view has the plan of an export that several sessions read', async () => {
  const environment = mysql()
  const workspace = await Workspace.create()
  const { console } = await startUi(workspace, environment)
  const table = `planned_${process.pid}_${Date.now()}`
  const task = `CREATE TABLE ${table} (id INT PRIMARY KEY);
    INSERT INTO ${table} SELECT seq FROM seq_1_to_1000;
    SELECT id FROM ${table} ${TO_RESULT} PARALLEL 2 BY (id) CONSISTENCY NONE;
    DROP TABLE ${table}`
  const ran = await workspace.runSql(task, [], { environment })
  expect(ran.code, ran.stderr).toBe(0)
  const { plans } = await console.get('/api/runs/r1/statement')
  expect(plans).toMatchObject([
    {
      uri: 's3://batchquery-s3/output/result',
      attempt: 1,
      source: expect.stringContaining(table),
      key: expect.stringContaining('id'),
      consistency: 'NONE',
      readers: 2,
    },
  ])
  const [{ ranges, rangeCount }] = plans
  expect(ranges).toHaveLength(rangeCount)
  expect(ranges[0].where).toMatch(/id/)
})

test('the result has parts, partitions, columns and first rows, and verify finds a changed part', async () => {
  const workspace = await Workspace.create()
  const { console } = await startUi(workspace)
  const task = `SELECT i % 3 AS p, i AS id, 'v' || i AS "a<script>" FROM range(900) t(i)
    ${TO_RESULT} FORMAT PARQUET MANIFEST VERBOSE PARTITION BY (p)`
  expect(await workspace.runSql(task)).toMatchObject({ code: 0 })
  const { exports } = await console.get('/api/runs/r1/result')
  expect(exports).toMatchObject([
    { number: 1, format: 'PARQUET', rows: 900, partCount: 3, partitionedBy: ['p'], mode: 'streamed' },
  ])
  expect(exports[0].columns).toMatchObject([
    { name: 'id', type: 'INT64', sourceType: 'BIGINT', nulls: 0 },
    { name: 'a<script>', type: 'STRING', nulls: 0 },
  ])
  const { parts, count } = await console.get('/api/runs/r1/exports/1/parts?from=1&count=1')
  expect(count).toBe(3)
  expect(parts).toMatchObject([
    { number: 2, name: 'p=1/part_00000.parquet', rows: 300, partition: [{ column: 'p', value: '1' }] },
  ])
  expect(parts[0].sha256).toMatch(/^[0-9a-f]{64}$/)
  const head = await console.get('/api/runs/r1/exports/1/head?part=2&rows=2')
  expect(head.columns.map(({ name }: { name: string }) => name)).toEqual(['id', 'a<script>', 'p'])
  expect(head.rows).toEqual([
    ['1', 'v1', '1'],
    ['4', 'v4', '1'],
  ])
  expect(await console.refusal('/api/runs/r1/exports/2/head')).toMatchObject({ code: 'OUTPUT_NOT_FOUND' })
  const { url, name, bytes } = await console.get('/api/runs/r1/exports/1/download?part=2')
  expect(name).toBe('part_00000.parquet')
  const { status, headers } = await console.send(url)
  expect({ status, length: headers['content-length'] }).toEqual({ status: 200, length: String(bytes) })

  expect(exports[0].presence).toBe('there')
  const verified = await console.job('/api/runs/r1/verify', {})
  expect(verified).toMatchObject({ state: 'done', outcome: { differences: [] } })
  expect(verified.progress.done).toBe(verified.progress.all)
  await workspace.writeObject('output/result/p=1/part_00000.parquet', 'changed')
  const differs = await console.job('/api/runs/r1/verify', { export: 1 })
  expect(differs.outcome.differences[0].uri).toContain('p=1')
  expect(await console.refusal('/api/runs/r1/exports/1/download?part=2')).toMatchObject({
    code: 'VERIFICATION',
  })
})

test('the result says that a later run has replaced it, or that it is gone', async () => {
  const workspace = await Workspace.create()
  const { console } = await startUi(workspace)
  const presence = async () => (await console.get('/api/runs/r1/result')).exports[0].presence
  const ran = (n: number, id: string) =>
    workspace.runSql(`SELECT ${n} AS n ${TO_RESULT} OVERWRITE ON`, ['--run-id', id])
  expect(await ran(1, 'r1')).toMatchObject({ code: 0 })
  expect(await presence()).toBe('there')
  expect(await ran(100, 'r2')).toMatchObject({ code: 0 })
  expect(await presence()).toBe('changed')
  await workspace.removeObject('output/result.part_00000')
  expect(await presence()).toBe('missing')
})

test('the console says that the user may not list the bucket, and serves the rest', async () => {
  const bucket = await freshBucket()
  const { accessKeyId, secretAccessKey, sessionToken } = await taskCredentials(bucket, ['s3:ListBucket'])
  const environment = {
    ...(await taskEnvironment(bucket)),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  }
  const { console, program } = await startUi(await Workspace.create(), environment)
  expect(await console.refusal('/api/runs')).toMatchObject({
    code: 'PERMISSION',
    manual: 'errors#PERMISSION',
  })
  expect((await console.get('/api/session')).problem).toMatchObject({ code: 'PERMISSION' })
  await expect.poll(() => program.stderr).toMatch(/^error: .*ListBucket|denied/m)
  expect(await console.get('/api/manual/errors')).toMatchObject({
    text: expect.stringContaining('PERMISSION'),
  })
})

test('the console works with a store on S3', async () => {
  const bucket = await freshBucket()
  const environment = { ...(await taskEnvironment(bucket)), ...mysql() }
  const workspace = await Workspace.create()
  const { console } = await startUi(workspace, environment)
  expect(await console.get('/api/session')).toMatchObject({ bucket, home: `s3://${bucket}`, problem: null })
  expect(await console.get('/api/runs')).toMatchObject({ rows: [], next: null })
  const task = `SELECT 1 AS a UNION SELECT 2 INTO OUTFILE S3 's3://${bucket}/output/r' FORMAT JSON`
  const ran = await workspace.runSql(task, [], { environment })
  expect(ran.code, ran.stderr).toBe(0)
  expect((await console.get('/api/runs')).rows).toMatchObject([
    { id: 'r1', state: 'SUCCEEDED', task: 'task.sql' },
  ])
  expect((await console.get('/api/details?id=r1')).details).toMatchObject({ r1: { rows: 2 } })
  expect((await console.get('/api/runs/r1/log')).text).toContain('published 2 rows')
  expect((await console.get('/api/runs/r1/exports/1/head')).rows).toEqual([['1'], ['2']])
  expect(await console.job('/api/runs/r1/verify', {})).toMatchObject({ outcome: { differences: [] } })
  expect((await console.get('/api/history?task=task.sql')).runs).toHaveLength(1)
  const again = await console.job('/api/runs/r1/rerun', {})
  expect(again).toMatchObject({ state: 'done' })
  // The destination has a result already.
  await expect
    .poll(async () => (await console.get(`/api/runs/${again.outcome.run}`)).problem?.code)
    .toBe('OUTPUT_EXISTS')
  await adminClient().deleteObject({ Bucket: bucket, Key: 'output/r.part_00000.json' })
})
