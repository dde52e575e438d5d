import { rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { documentOf, Workspace } from './workspace.ts'

const TO_RESULT = "INTO OUTFILE S3 's3://batchquery-s3/output/result'"

interface Expected {
  readonly code: number
  readonly error: string
  /** The value that the message must contain. */
  readonly message: RegExp
  readonly hint: RegExp
}

/** The same message and hint as text and in the document; no run, and nothing else in the store. */
async function expectRefused(
  args: readonly string[],
  workspace: Workspace,
  expected: Expected,
  environment: NodeJS.ProcessEnv = {},
): Promise<void> {
  const files = await workspace.files('.')
  const { code, stdout, stderr } = await workspace.run(args, { environment })
  expect({ code, stdout }, stderr).toEqual({ code: expected.code, stdout: '' })
  expect(stderr).toMatch(new RegExp(`^error: .*${expected.message.source}`, 'm'))
  expect(stderr).toMatch(new RegExp(`^hint: .*${expected.hint.source}`, 'm'))
  expect(stderr).not.toMatch(/^ +at /m)
  const asDocument = await workspace.run([...args, '--json'], { environment })
  expect(asDocument.code).toBe(expected.code)
  expect(documentOf(asDocument)).toEqual({
    error: {
      code: expected.error,
      message: expect.stringMatching(expected.message),
      hint: expect.stringMatching(expected.hint),
      retryable: false,
    },
  })
  expect(await workspace.files('.')).toEqual(files)
}

describe('no run exists when no server can run the task', () => {
  test.each<[what: string, sql: string | Uint8Array, expected: Expected]>([
    [
      'an empty task',
      '',
      { code: 1, error: 'TASK_INVALID', message: /the task task\.sql is empty/, hint: /statement/ },
    ],
    [
      'a task of comments',
      '-- nothing\n/* here */',
      { code: 1, error: 'TASK_INVALID', message: /no statement/, hint: /statement/ },
    ],
    [
      'a binary task',
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]),
      { code: 1, error: 'TASK_INVALID', message: /task\.sql is a binary file/, hint: /UTF-8/ },
    ],
    [
      'a malformed clause',
      `SELECT 1;\nSELECT 2 ${TO_RESULT}\n  OVERWRIT ON`,
      { code: 1, error: 'SQL_SYNTAX', message: /line 3, column 3: expected .* found "OVERWRIT"/, hint: /./ },
    ],
    [
      'fixed width',
      `SELECT 1 ${TO_RESULT} FIELDS TERMINATED BY ''`,
      { code: 1, error: 'UNSUPPORTED_CLAUSE', message: /FIELDS TERMINATED BY ''/, hint: /./ },
    ],
    [
      'a parameter without a value',
      'SELECT :day',
      { code: 2, error: 'MISSING_PARAMETER', message: /day/, hint: /-p NAME=VALUE/ },
    ],
    [
      'a destination that no key can be',
      "SELECT 1 INTO OUTFILE S3 's3://b'",
      { code: 2, error: 'USAGE', message: /s3:\/\/b/, hint: /./ },
    ],
    [
      'a directive that cannot be read',
      '-- @nosuch 1\nSELECT 1',
      { code: 1, error: 'SQL_SYNTAX', message: /@nosuch/, hint: /./ },
    ],
  ])('%s', async (_, sql, expected) => {
    const workspace = await Workspace.create()
    const args = await workspace.task(sql)
    await expectRefused(args, workspace, expected)
    await expectRefused([...args, '--detach'], workspace, expected)
  })

  test.each<[what: string, name: string, content: string | Uint8Array, expected: Expected]>([
    [
      'a file of passwords',
      'passwords',
      'db.example:5432:*:batchquery:geheim',
      { code: 1, error: 'TASK_INVALID', message: /no runtime for "passwords" tasks/, hint: /\.sql, \.ts/ },
    ],
    [
      'a program',
      'program',
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]),
      { code: 1, error: 'TASK_INVALID', message: /no runtime for "program" tasks/, hint: /\.sql, \.ts/ },
    ],
  ])('%s', async (_, name, content, expected) => {
    const workspace = await Workspace.create()
    await workspace.write(name, content)
    await expectRefused(['run', name], workspace, expected)
  })

  test('a file that is too large for a task', async () => {
    const workspace = await Workspace.create()
    await workspace.write('huge.sql', '')
    await truncate(join(workspace.folder, 'huge.sql'), 512 * 1024 ** 2 + 1)
    await expectRefused(['run', 'huge.sql'], workspace, {
      code: 1,
      error: 'TASK_INVALID',
      message: /the file "huge\.sql" is too large for a task: 536870913 bytes/,
      hint: /512 MiB/,
    })
  })

  test('a typing error in a task of the store', async () => {
    const workspace = await Workspace.create()
    await workspace.writeObject('script/a.sql', "SELECT 'x")
    await expectRefused(['run', 's3://batchquery-s3/script/a.sql'], workspace, {
      code: 1,
      error: 'SQL_SYNTAX',
      message: /line 1, column 8/,
      hint: /./,
    })
  })

  test('a task that is missing in the store', async () => {
    const workspace = await Workspace.create()
    await expectRefused(['run', 's3://batchquery-s3/script/nosuch.sql'], workspace, {
      code: 3,
      error: 'TASK_NOT_FOUND',
      message: /s3:\/\/batchquery-s3\/script\/nosuch\.sql/,
      hint: /batchquery put/,
    })
  })

  test('a task that is valid for one string rule is left to the server', async () => {
    const workspace = await Workspace.create()
    const environment = { BATCHQUERY_DATABASE: 'mysql://u@nosuch.invalid/d?connect_timeout=0' }
    const ended = await workspace.runSql("SELECT 'C:\\'", [], { environment })
    expect(ended.stderr).toContain('nosuch.invalid')
    expect(await workspace.record()).toMatchObject({
      state: 'FAILED',
      error: { code: 'DATABASE_UNREACHABLE' },
    })
  })
})

test('run shows the outcome of a run when its task has been deleted', async () => {
  const workspace = await Workspace.create()
  await workspace.writeObject('script/a.sql', 'SELECT 1')
  const args = ['run', 's3://batchquery-s3/script/a.sql', '--run-id', 'r1', '--json']
  expect(await workspace.run(args)).toMatchObject({ code: 0 })
  await rm(join(workspace.folder, '.batchquery/store/batchquery-s3/script/a.sql'))
  const again = await workspace.run(args)
  expect(again).toMatchObject({ code: 0 })
  expect(documentOf(again)).toMatchObject({ id: 'r1', state: 'SUCCEEDED', attempt: 1 })
})
