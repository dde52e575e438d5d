import { expect, test } from 'vitest'
import { documentOf } from '../workspace.ts'
import { ScriptWorkspace } from './script-workspace.ts'

test('the record and show contain the progress and outputs that a script reports', async () => {
  const here = await ScriptWorkspace.create({
    'a.sh': `echo '{"progress":{"rows":10,"bytes":100,"message":"a tenth"}}' >&"$BATCHQUERY_REPORT_FD"
echo '{"progress":{"rows":100,"bytes":1000,"parts":2}}' >&3
echo '{"output":{"uri":"s3://b/k","rows":100,"bytes":1000}}' >&3
echo '{"output":{"uri":"s3://b/l"}}' >&3`,
  })
  const record = documentOf(await here.run(['a.sh', '--json']))
  expect(record).toMatchObject({
    progress: { rows: 100, bytes: 1000, parts: 2 },
    outputs: [
      { uri: 's3://b/k', rows: 100, bytes: 1000 },
      { uri: 's3://b/l', rows: null, bytes: null },
    ],
    warnings: [],
  })
  expect(await here.log()).toContain(' INFO a tenth\n')
  const { stdout } = await here.workspace.run(['show', 'r1'])
  expect(stdout).toMatch(/^output +s3:\/\/b\/k, 100 rows, 1 kB\noutput +s3:\/\/b\/l$/m)
})

test('a reported failure is the error of a script, and counts only when the script fails', async () => {
  const said = `echo '{"failure":{"message":"no mail today","hint":"Ask the post.","retryable":true}}' >&3`
  const here = await ScriptWorkspace.create({ 'a.sh': `${said}\nexit 4`, 'b.sh': said })
  const { error } = documentOf(await here.run(['a.sh', '--json']))
  expect(error).toEqual({
    code: 'SCRIPT_EXIT',
    message: 'the script ended with exit code 4: no mail today, and wrote nothing',
    hint: 'Ask the post.',
    retryable: true,
  })
  expect(await here.run(['b.sh', '--run-id', 'r2'])).toMatchObject({ code: 0 })
})

test('each request gets an answer, also a refused one', async () => {
  const here = await ScriptWorkspace.create({
    'a.py': `import os, json
pipe = os.fdopen(int(os.environ['BATCHQUERY_REPORT_FD']), 'r+b', buffering=0)
lines = pipe
def ask(document):
    pipe.write(json.dumps(document).encode() + b'\\n')
    answer = b''
    while not answer.endswith(b'\\n'): answer += pipe.read(1)
    print(answer.decode(), end='')
ask({'id': 1, 'progress': {'rows': 5}})
ask({'id': 'two', 'nosuch': {}})
ask({'id': 3, 'progress': {'rows': -1}})`,
  })
  const { code, stdout, stderr } = await here.run(['a.py'])
  expect(code, stderr).toBe(0)
  const error = (message: RegExp) => ({
    code: 'USAGE',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/./),
  })
  expect(
    stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
  ).toEqual([
    { id: 1, ok: true },
    { id: 'two', error: error(/"nosuch"/) },
    { id: 3, error: error(/rows/) },
  ])
})

test.each([
  ['no JSON', 'hello'],
  ['no object', '[1]'],
  ['nothing known', '{"nosuch":1}'],
  ['two things', '{"progress":{},"output":{"uri":"x"}}'],
  ['a wrong field', '{"progress":{"rows":"many"}}'],
])('a report that is %s becomes a warning', async (_, line) => {
  const here = await ScriptWorkspace.create({
    'a.sh': `echo '${line}' >&3\necho '{"progress":{"rows":7}}' >&3`,
  })
  const record = documentOf(await here.run(['a.sh', '--json']))
  expect(record).toMatchObject({
    state: 'SUCCEEDED',
    progress: { rows: 7 },
    warnings: [expect.stringMatching(/ignored a report of the script/)],
  })
})

test('a report that is too long, or cut, becomes a warning in bounded memory', async () => {
  const here = await ScriptWorkspace.create({
    'a.sh': `head -c 5000000 /dev/zero | tr '\\0' x >&3; echo >&3; echo '{"progress":{"rows":7}}' >&3; printf '{"pro' >&3`,
  })
  const record = documentOf(await here.run(['a.sh', '--json']))
  expect(record.progress.rows).toBe(7)
  expect(record.warnings).toEqual([
    expect.stringMatching(/more than 65536 bytes/),
    expect.stringMatching(/not JSON/),
  ])
})
