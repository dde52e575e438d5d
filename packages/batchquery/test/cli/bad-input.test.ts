import { randomUUID } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { freshDatabase } from '../setup/mariadb-client.ts'
import { type Ended, Workspace } from './workspace.ts'

const TO_RESULT = "INTO OUTFILE S3 's3://batchquery-s3/output/result'"

interface Expected {
  readonly code: number
  readonly error: string
  /** The value that the message must contain. */
  readonly message: RegExp
  readonly hint: RegExp
}

/** One message and its hint, no stack trace, the same in the record of a run that FAILED, and nothing published. */
async function expectFailedRun(ended: Ended, workspace: Workspace, expected: Expected): Promise<void> {
  const { code, stdout, stderr } = ended
  expect(code, stderr).toBe(expected.code)
  expect(stdout).toBe('')
  const errors = stderr.split('\n').filter(line => line.startsWith('error: '))
  expect(errors).toEqual([expect.stringMatching(expected.message)])
  expect(stderr).toMatch(new RegExp(`^hint: .*${expected.hint.source}`, 'm'))
  expect(stderr).not.toMatch(/^ +at /m)
  const record = await workspace.record()
  expect(record).toMatchObject({
    state: 'FAILED',
    exitCode: expected.code,
    error: {
      code: expected.error,
      message: expect.stringMatching(expected.message),
      hint: expect.stringMatching(expected.hint),
    },
  })
  expect(await workspace.results()).toEqual([])
}

describe('DuckDB and a directory', () => {
  test.each<[what: string, sql: string, expected: Expected]>([
    [
      'a run fails when a table is missing',
      `SELECT * FROM nosuch ${TO_RESULT}`,
      { code: 1, error: 'QUERY_FAILED', message: /statement 1 \(line 1\): .*nosuch/, hint: /Check the name/ },
    ],
    [
      'a statement that fails before the export',
      `SELECT 1;\n\nSELECT no_column;\nSELECT 2 ${TO_RESULT}`,
      {
        code: 1,
        error: 'QUERY_FAILED',
        message: /statement 2 \(line 3\): .*no_column/,
        hint: /Correct the statement/,
      },
    ],
    [
      'a query that fails midway',
      `SELECT CAST(CASE WHEN range < 2000000 THEN '1' ELSE 'twelve' END AS INTEGER) FROM range(2000001) ${TO_RESULT}`,
      {
        code: 1,
        error: 'QUERY_FAILED',
        message: /statement 1 \(line 1\): .*twelve/,
        hint: /Correct the statement/,
      },
    ],
  ])('%s', async (_, sql, expected) => {
    const workspace = await Workspace.create()
    await expectFailedRun(await workspace.runSql(sql), workspace, expected)
  })

  test.each([
    ['nosuch.sql', 3, 'the file "nosuch.sql" does not exist'],
    ['.', 1, 'the folder "." is empty'],
    ['http://b/k', 3, 'the file "http://b/k" does not exist'],
    ['s3://b', 2, '"s3://b" is not the address of an object'],
  ])('no run exists when the task is %s', async (task, code, message) => {
    const workspace = await Workspace.create()
    const ended = await workspace.run(['run', task])
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toContain(`error: ${message}`)
    expect(ended.stderr).toMatch(/^hint: /m)
    expect(await workspace.files('.')).toEqual([])
  })

  test('a run fails with OVERWRITE OFF when a result exists', async () => {
    const workspace = await Workspace.create()
    await workspace.write('first.sql', `SELECT 'first' ${TO_RESULT}`)
    expect(await workspace.run(['run', 'first.sql'])).toMatchObject({ code: 0 })
    const ended = await workspace.runSql(`SELECT 'second' ${TO_RESULT} OVERWRITE OFF`)
    expect(ended.code).toBe(5)
    expect(ended.stderr).toMatch(/^error: .*s3:\/\/batchquery-s3\/output\/result.*\nhint: .*OVERWRITE ON/m)
    expect(await workspace.record()).toMatchObject({ state: 'FAILED', error: { code: 'OUTPUT_EXISTS' } })
    expect(await workspace.readObject('output/result.part_00000')).toBe('first\n')
  })

  test('a failed OVERWRITE does not change the earlier result', async () => {
    const workspace = await Workspace.create()
    await workspace.write('first.sql', `SELECT 'first' ${TO_RESULT}`)
    expect(await workspace.run(['run', 'first.sql'])).toMatchObject({ code: 0 })
    expect(await workspace.runSql(`SELECT nosuch ${TO_RESULT} OVERWRITE ON`)).toMatchObject({ code: 1 })
    expect(await workspace.results()).toEqual(['batchquery-s3/output/result.part_00000'])
    expect(await workspace.readObject('output/result.part_00000')).toBe('first\n')
  })

  test('two runs that export to one prefix at once have one result, and one conflict', async () => {
    const workspace = await Workspace.create()
    const started = []
    for (const name of ['a', 'b']) {
      await workspace.write(`${name}.sql`, `SELECT '${name}', range FROM range(300000) ${TO_RESULT}`)
      started.push(workspace.start(['run', `${name}.sql`, '--run-id', name, '-d', 'duckdb::memory:']))
    }
    const ended = await Promise.all(started.map(run => run.ended))
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 5])
    const loser = ended[0]?.code === 5 ? 'a' : 'b'
    const { error } = await workspace.record(loser)
    expect(['OUTPUT_EXISTS', 'DESTINATION_LOCKED']).toContain(error.code)
    expect(await workspace.results()).toEqual(['batchquery-s3/output/result.part_00000'])
    const winner = loser === 'a' ? 'b' : 'a'
    expect((await workspace.readObject('output/result.part_00000')).split('\n')[299_999]).toBe(
      `${winner}\t299999`,
    )
  })

  // The program under test must not have root's right to ignore permissions.
  const asPlainUser = process.getuid?.() === 0 ? ['setpriv', '--inh-caps=-all', '--bounding-set=-all'] : []

  test('a run fails when the destination is read-only', async () => {
    const workspace = await Workspace.create()
    await mkdir(join(workspace.folder, 'out'))
    await chmod(join(workspace.folder, 'out'), 0o555)
    const sql = "SELECT 1 INTO OUTFILE S3 './out/result'"
    const ended = await workspace.runSql(sql, [], { under: asPlainUser })
    await expectFailedRun(ended, workspace, {
      code: 4,
      error: 'PERMISSION',
      message: /out\/result/,
      hint: /writable for the user/,
    })
    expect(await workspace.files('out')).toEqual([])
  })

  test('a run fails when the destination is full', async () => {
    const workspace = await Workspace.create()
    const ended = await workspace.runSql(`SELECT * FROM range(1000000) ${TO_RESULT}`, [], {
      under: ['prlimit', '--fsize=1048576'],
    })
    await expectFailedRun(ended, workspace, {
      code: 1,
      error: 'STORE_FULL',
      message: /s3:\/\/batchquery-s3\/output\/result\.part_00000/,
      hint: /Make room/,
    })
  })

  test('run reports the error and writes no record when the store is read-only', async () => {
    const workspace = await Workspace.create()
    await mkdir(join(workspace.folder, 'store'))
    await chmod(join(workspace.folder, 'store'), 0o555)
    const ended = await workspace.runSql('SELECT 1', ['--store', './store'], { under: asPlainUser })
    expect(ended.code).toBe(4)
    expect(ended.stderr).toMatch(/^error: .*store.*\nhint: /m)
    expect(ended.stderr).not.toMatch(/^ +at /m)
  })
})

describe('MariaDB', () => {
  const { port, user, password, caFile } = inject('mariadb')
  // The name in the server's certificate.
  const host = 'localhost'
  const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
  const secret = randomUUID()

  test.each<[what: string, url: string, expected: Expected]>([
    [
      'a wrong password',
      `mysql://${user}@${host}:${port}/?${tls}`,
      {
        code: 4,
        error: 'AUTHENTICATION',
        message: new RegExp(`${host}:${port} as "${user}".*1045`),
        hint: /MYSQL_PWD/,
      },
    ],
    [
      'an unknown host',
      'mysql://u@nosuch.invalid/db?sslmode=disable',
      { code: 1, error: 'DATABASE_UNREACHABLE', message: /nosuch\.invalid:3306/, hint: /./ },
    ],
    [
      'a port without a server',
      'mysql://u@127.0.0.1:1/db?connect_timeout=0',
      { code: 1, error: 'DATABASE_UNREACHABLE', message: /127\.0\.0\.1:1: /, hint: /host and port/ },
    ],
    [
      'a certificate authority that did not sign the server',
      `mysql://${user}@${host}:${port}/?sslmode=verify-full`,
      { code: 4, error: 'TLS', message: new RegExp(`${host}:${port}`), hint: /sslrootcert/ },
    ],
  ])('%s', async (_, url, expected) => {
    const workspace = await Workspace.create()
    const ended = await workspace.runSql(`SELECT 1 ${TO_RESULT}`, ['-d', url, '--no-progress'], {
      environment: { MYSQL_PWD: secret },
    })
    await expectFailedRun(ended, workspace, expected)
    expect(ended.stderr + (await workspace.readObject('runs/r1/run.json'))).not.toContain(secret)
  })

  test('a run does not exist when its URL is invalid', async () => {
    const workspace = await Workspace.create()
    const { code, stdout, stderr } = await workspace.runSql('SELECT 1', ['-d', 'mysql://h/db?tls=yes'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^error: .*"tls".*\nhint: .*sslmode/m)
    expect(await workspace.files('.')).toEqual(['task.sql'])
  })

  test('a run fails when a table is missing', async () => {
    const database = await freshDatabase()
    const workspace = await Workspace.create()
    const url = `mysql://${user}:${password}@${host}:${port}/${database}?${tls}`
    const environment = { BATCHQUERY_DATABASE: url }
    const ended = await workspace.runSql(`SELECT * FROM nosuch ${TO_RESULT}`, [], { environment })
    await expectFailedRun(ended, workspace, {
      code: 1,
      error: 'QUERY_FAILED',
      message: new RegExp(`statement 1 \\(line 1\\): .*${database}\\.nosuch.*1146`),
      hint: /name of the table/,
    })
    const record = await workspace.readObject('runs/r1/run.json')
    expect(record).not.toContain(password)
    expect(JSON.parse(record).request.database).toBe(url.replace(password, '***'))
  })
})

test.each([
  ['that makes no run', "SELECT 'x"],
  ['of the runner', 'SELECT * FROM nosuch'],
])('-q keeps the hint of an error %s', async (_, sql) => {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(sql, ['-q'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^error: .*\n( {2}.*\n)*hint: .+\n$/)
})

test('-v shows the causes with stacks of the sources, on stderr and in the log', async () => {
  const workspace = await Workspace.create()
  const { stderr } = await workspace.runSql('SELECT * FROM nosuch', ['-v'])
  const place = /BatchQueryError: .*\n +at .*\/src\/(task|cli|run|statements)\/[a-z-]+\.ts:\d+:\d+/
  expect(stderr).toMatch(place)
  expect(await workspace.log()).toMatch(place)
  expect((await workspace.run(['show', 'nosuch', '-v'])).stderr).toMatch(place)
})
