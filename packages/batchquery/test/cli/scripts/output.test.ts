import { expect, test } from 'vitest'
import { readPeakMemory } from './peak.ts'
import { ScriptWorkspace } from './script-workspace.ts'

/** The lines of the script in the log. */
const linesOf = (log: string, source: 'OUT' | 'ERR'): string[] =>
  [...log.matchAll(new RegExp(`^\\S+Z ${source} (.*)$`, 'gm'))].map(([, line]) => line)

test('the log shows invalid UTF-8, control characters, and a last line without a line feed', async () => {
  const here = await ScriptWorkspace.create({
    'a.py': String.raw`import sys
sys.stdout.buffer.write(b'caf\xe9 \xe2\x82\xac\nbell\x07\r\nlast')`,
  })
  const ended = await here.run(['a.py'])
  expect(ended).toMatchObject({ code: 0, stdout: 'caf\ufffd €\nbell\x07\nlast\n' })
  expect(linesOf(await here.log(), 'OUT')).toEqual(['caf\ufffd €', 'bell\\u0007', 'last'])
})

test('a line of more than 64 KiB is split without loss', async () => {
  const here = await ScriptWorkspace.create({ 'a.py': "print('é' * 100_000)\nprint('end')" })
  const { stdout } = await here.run(['a.py'])
  const lines = linesOf(await here.log(), 'OUT')
  expect(lines.map(line => line.length)).toEqual([32_768, 32_768, 32_768, 1_696, 3])
  expect(stdout).toBe(`${lines.join('\n')}\n`)
  expect(lines.slice(0, 4).join('')).toBe('é'.repeat(100_000))
})

test('the log contains the last line of both streams', async () => {
  const here = await ScriptWorkspace.create({
    'a.mjs': "for (let i = 0; i < 5000; i++) { console.log('out', i); console.error('err', i) }",
  })
  const { code, stdout } = await here.run(['a.mjs', '-q'])
  expect({ code, last: stdout.split('\n').at(-2) }).toEqual({ code: 0, last: 'out 4999' })
  const log = await here.log()
  expect(linesOf(log, 'OUT')).toHaveLength(5_000)
  expect(linesOf(log, 'ERR').at(-1)).toBe('err 4999')
})

test('the secrets of a script are masked in the log, the record and the streams', async () => {
  const here = await ScriptWorkspace.create({
    'a.sh':
      'all="$TOKEN $FROM_FILE $BATCHQUERY_PARAM_key $OPEN $AWS_SECRET_ACCESS_KEY"; echo "$all"; echo "$all" >&2; exit 4',
    'token.txt': 'secret-of-file\n',
    'key.txt': 'secret-parameter\n',
  })
  const given = ['-e', 'TOKEN', '-e', 'FROM_FILE=@token.txt', '-e', 'OPEN=open-value', '-p', 'key=@key.txt']
  const environment = { TOKEN: 'secret-of-environment', AWS_SECRET_ACCESS_KEY: 'secret-of-aws' }
  const { stdout, stderr } = await here.run(['a.sh', ...given], environment)
  expect(stdout).toBe('*** *** *** open-value ***\n')
  const record = await here.workspace.readObject('runs/r1/run.json')
  for (const text of [stderr, await here.log(), record]) {
    expect(text).toContain('*** *** *** open-value ***')
    expect(text).not.toContain('secret-')
  }
})

test('a script has the documented environment and no other variable', async () => {
  const here = await ScriptWorkspace.create({
    'a.mjs': 'console.log(Object.keys(process.env).sort().join("\\n"))',
  })
  const environment = {
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    AWS_REGION: 'us-east-1',
    FOREIGN: 'x',
    NODE_OPTIONS: '',
  }
  const { stdout } = await here.run(['a.mjs', '-e', 'GIVEN=1', '-p', 'month=2026-11'], environment)
  expect(stdout.trim().split('\n')).toEqual([
    'AWS_REGION',
    'BATCHQUERY_BUCKET',
    'BATCHQUERY_DATABASE',
    'BATCHQUERY_DATABASES',
    'BATCHQUERY_PARAM_month',
    'BATCHQUERY_REPORT_FD',
    'BATCHQUERY_RUN_ID',
    'BATCHQUERY_STORE',
    'BATCHQUERY_TASK',
    'GIVEN',
    'HOME',
    'LANG',
    'LC_ALL',
    'PATH',
    'TMPDIR',
  ])
})

test.each([
  ['A-B=1', /not a variable|not a valid variable/],
  ['NOSUCH', /no variable with this name/],
  ['X=@nosuch.txt', /cannot read/],
  ['BATCHQUERY_RUN_ID=x', /batchquery itself sets/],
])('-e %s is refused', async (given, message) => {
  const here = await ScriptWorkspace.create({ 'a.sh': 'echo' })
  const { code, stderr } = await here.run(['a.sh', '-e', given])
  expect(code).toBe(2)
  expect(stderr).toMatch(message)
})

test('the runner copies 48 MB of output in bounded memory', async () => {
  const here = await ScriptWorkspace.create({
    'a.py': "import sys\nfor _ in range(48): sys.stdout.write(('x' * 999 + '\\n') * 1000)\nprint('end')",
  })
  const { ended, kilobytes } = await readPeakMemory(here, ['a.py', '-q'])
  expect(ended.code, ended.stderr).toBe(0)
  expect(ended.stdout.length).toBe(48_000_004)
  const log = await here.log()
  expect(log.match(/^\(\d+ bytes of the log are left out here\)$/m)).not.toBeNull()
  expect(linesOf(log, 'OUT').at(-1)).toBe('end')
  expect(kilobytes).toBeLessThan(200 * 1024)
})
