import { describe, expect, test } from 'vitest'
import { submit } from '../../src/index.ts'
import { documentOf, Workspace } from './workspace.ts'

const BOM = '\ufeff'
const LENGTH = 'echo "$' + '{#DATA} $' + '{#BATCHQUERY_PARAM_data}"'

/** Bytes that a variable of the runner can have: 128 KiB, less its name, the equals sign and the NUL behind it. */
const MOST = 131_072 - 'BATCHQUERY_SECRET_ENV_DATA='.length - 1

describe('a value that is too long for a process is refused before the run exists:', () => {
  test.each<[what: string, args: readonly string[], named: RegExp]>([
    [
      'a variable',
      ['./job.sh', '-e', 'DATA=@data'],
      /^variable DATA has 2000\d\d bytes, .* 131072 .*128 KiB/,
    ],
    ['one of the environment', ['./job.sh', '-e', 'DATA=@data', '-e', 'X'], /^variable DATA has/],
    ['a parameter of a script', ['./job.sh', '-p', 'data=@data'], /^parameter data has 2000\d\d bytes/],
    ['a secret parameter of SQL', ['./job.sql', '-p', 'data=@data'], /^parameter data has 2000\d\d bytes/],
    ['with --detach', ['./job.sh', '-e', 'DATA=@data', '--detach'], /^variable DATA has/],
    ['with a NUL', ['./job.sh', '-e', 'DATA=@nul'], /^variable DATA has a NUL character/],
    ['a parameter with a NUL', ['./job.sh', '-p', 'data=@nul'], /^parameter data has a NUL character/],
  ])('%s', async (_, args, message) => {
    const workspace = await Workspace.create()
    await workspace.write('job.sh', LENGTH)
    await workspace.write('job.sql', '-- @param data secret\nSELECT length(:data)')
    await workspace.write('data', 'x'.repeat(200_000))
    await workspace.write('nul', 'a\0b')
    const ended = await workspace.run(['run', ...args, '--json'], { environment: { X: 'x' } })
    expect(ended.code, ended.stderr).toBe(2)
    expect(documentOf(ended).error).toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('object of the store'),
    })
    expect(await workspace.files('.batchquery')).toEqual([])
  })

  test('an argument of a program', async () => {
    const workspace = await Workspace.create()
    await workspace.write('job.sh', 'echo')
    const { folder } = workspace
    const submitted = (args: readonly string[], params = {}) =>
      submit('./job.sh', { folder, environment: {}, args, params })
    await expect(submitted(['a', 'x'.repeat(140_000)])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('argument 2 has 140001 bytes'),
    })
    await expect(submitted([], { data: 'ä'.repeat(70_000) })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('parameter data has 1400'),
    })
  })
})

test('the longest value reaches a script completely', async () => {
  const workspace = await Workspace.create()
  await workspace.write('job.sh', LENGTH)
  await workspace.write('data', `${'x'.repeat(MOST)}\n`)
  const ended = await workspace.run(['run', './job.sh', '-e', 'DATA=@data'])
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: `${MOST} 0\n` })
  await workspace.write('data', `${'x'.repeat(MOST + 1)}\n`)
  expect((await workspace.run(['run', './job.sh', '-e', 'DATA=@data'])).code).toBe(2)
})

test('values that are too long together end the run with the limit of the system and the largest value', async () => {
  const workspace = await Workspace.create()
  await workspace.write('job.sh', 'echo')
  await workspace.write('data', 'x'.repeat(120_000))
  const many = Array.from({ length: 80 }, (_, at) => ['-e', `V${at}=@data`]).flat()
  const ended = await workspace.run(['run', './job.sh', '--run-id', 'r1', ...many])
  expect(ended.code, ended.stderr).toBe(2)
  expect(await workspace.record()).toMatchObject({
    state: 'FAILED',
    exitCode: 2,
    error: {
      code: 'USAGE',
      message: expect.stringMatching(
        /variables of 9\d{6} bytes, 1200\d\d of them in variable V\d+: .*128 KiB .*2 MiB/,
      ),
    },
  })
})

test('a value of SQL has no such limit when it is not a secret', async () => {
  const workspace = await Workspace.create()
  await workspace.write('data', 'x'.repeat(200_000))
  const ended = await workspace.runSql('SELECT length(:data) AS n', ['-p', 'data=@data'])
  expect(ended.code, ended.stderr).toBe(0)
  expect(ended.stderr).toContain('200000')
})

describe('a file is refused when it is not a value:', () => {
  test.each<[what: string, content: string | Uint8Array, why: string]>([
    ['a byte order mark', `${BOM}geheim\n`, 'begins with a byte order mark (BOM)'],
    ['UTF-16', Buffer.from(`${BOM}geheim`, 'utf16le'), 'is UTF-16'],
    ['Latin-1', Buffer.from('geh\xe4im', 'latin1'), 'is not UTF-8'],
  ])('%s', async (_, content, why) => {
    const workspace = await Workspace.create()
    await workspace.write('value', content)
    await workspace.write('job.sh', 'echo')
    await workspace.write('job.sql', 'SELECT :data')
    for (const [task, ...given] of [
      ['./job.sh', '-e', 'DATA=@value'],
      ['./job.sh', '-p', 'data=@value'],
      ['./job.sql', '-p', 'data=@value'],
    ]) {
      const ended = await workspace.run(['run', task ?? '', ...given])
      expect(ended.code, ended.stderr).toBe(2)
      expect(ended.stderr).toContain(`${given.join(' ')}: the file ${why}`)
    }
  })

  test('an empty file of a secret', async () => {
    const workspace = await Workspace.create()
    await workspace.write('value', '\n')
    const sql = '-- @param token secret\nSELECT :token'
    const ended = await workspace.runSql(sql, ['-p', 'token=@value'])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('-p token=@value: the file is empty, but token is a secret')
    expect((await workspace.runSql('SELECT :token', ['-p', 'token=@value'])).code).toBe(0)
  })
})
