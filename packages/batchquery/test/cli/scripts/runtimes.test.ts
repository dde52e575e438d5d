import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { newerNode } from '../../setup/newer-node.ts'
import { PROGRAM } from '../workspace.ts'
import { type Files, ScriptWorkspace } from './script-workspace.ts'

const TYPED = `import { BatchQueryError } from 'batchquery'
import { basename } from 'node:path'
enum Size { Small = 7 }
const greet = (name: string): string => name + ' ' + Size.Small + ' ' + new BatchQueryError('USAGE', 'x').exitCode
await Promise.resolve()
console.log(greet(basename('/x/hello')), ...process.argv.slice(2))
`
const PLAIN = `import { BatchQueryError } from 'batchquery'
console.log('hello 7', new BatchQueryError('USAGE', 'x').exitCode, ...process.argv.slice(2))
`

test.each<[task: string, files: Files, stdout: string]>([
  ['job.ts', { 'job.ts': TYPED }, 'hello 7 2 a --b c d\n'],
  ['job.mts', { 'job.mts': TYPED }, 'hello 7 2 a --b c d\n'],
  ['job.js', { 'job.js': PLAIN }, 'hello 7 2 a --b c d\n'],
  ['job.mjs', { 'job.mjs': PLAIN }, 'hello 7 2 a --b c d\n'],
  ['job.py', { 'job.py': 'import sys\nprint(sys.argv[1:])\n' }, "['a', '--b', 'c d']\n"],
  ['job.sh', { 'job.sh': 'printf "[%s]" "$@"; [[ a == a ]] && echo' }, '[a][--b][c d]\n'],
  [
    'job',
    { job: '#!/usr/bin/env -S python3 -E\nimport sys\nprint(sys.argv[1:])\n' },
    "['a', '--b', 'c d']\n",
  ],
  ['job.x', { 'job.x': '#!/bin/sh -u\nprintf "[%s]" "$@"\necho\n' }, '[a][--b][c d]\n'],
  [
    'folder',
    {
      'folder/index.ts': `import { twice } from './lib/twice.ts'
import settings from './settings.json'
import { readFileSync } from 'node:fs'
console.log(twice(settings.n), readFileSync(new URL('./query.sql', import.meta.url), 'utf8'))`,
      'folder/lib/twice.ts':
        "import old from './old.js'\nexport const twice = (n: number) => 2 * n + old.one",
      'folder/lib/old.js': "const { EOL } = require('node:os')\nmodule.exports = { one: EOL.length }",
      'folder/settings.json': '{ "n": 21 }',
      'folder/query.sql': 'SELECT 1',
      'folder/.hidden': 'x',
      'folder/node_modules/p/index.js': 'x',
    },
    '43 SELECT 1\n',
  ],
  ['./py/', { 'py/index.py': 'from lib import x\nprint(x)', 'py/lib.py': 'x = 5' }, '5\n'],
])('%s runs with its arguments', async (task, files, stdout) => {
  const here = await ScriptWorkspace.create(files)
  const ended = await here.run([task, '--', 'a', '--b', 'c d'])
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout })
  expect(await here.workspace.record()).toMatchObject({
    state: 'SUCCEEDED',
    args: ['a', '--b', 'c d'],
    task: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  })
  expect(await here.log()).toContain(` OUT ${stdout}`)
  await here.expectNothingLeft()
})

test('a newer Node runs the same script', async () => {
  const here = await ScriptWorkspace.create({ 'job.ts': `${TYPED}console.log(process.versions.node)` })
  const node = await newerNode()
  const options = { cwd: here.folder, env: { HOME: here.folder, TMPDIR: join(here.folder, 'temporary') } }
  const { stdout } = await execa(node, [PROGRAM, 'run', 'job.ts', '--', 'a', '--b', 'c d'], options)
  expect(stdout).toMatch(/^hello 7 2 a --b c d\n2[4-9]\./)
  await here.expectNothingLeft()
})

test.each<[what: string, task: string, files: Files, code: string, message: RegExp]>([
  ['a syntax error', 'a.ts', { 'a.ts': 'const x = 1\n\nconst = 2\n' }, 'TASK_INVALID', /a\.ts:3:7: /],
  [
    'a syntax error in an import',
    'f',
    { 'f/index.ts': "import './lib/b.ts'", 'f/lib/b.ts': '\n  }' },
    'TASK_INVALID',
    /lib\/b\.ts:2:3: /,
  ],
  [
    'a missing import',
    'a.ts',
    { 'a.ts': "\nimport { x } from './nosuch.ts'\nx()" },
    'TASK_INVALID',
    /a\.ts:2:19: Could not resolve ".\/nosuch\.ts"/,
  ],
  ['a missing package', 'a.mjs', { 'a.mjs': "import 'left-pad'" }, 'TASK_INVALID', /a\.mjs:1:8: .*left-pad/],
  ['no interpreter', 'a', { a: '#!/usr/bin/env nosuch\n' }, 'INTERPRETER_MISSING', /"nosuch"/],
])('a run fails when the script has %s', async (_, task, files, code, message) => {
  const here = await ScriptWorkspace.create(files)
  await here.expectFailed(await here.run([task]), 1, code, message)
})

test.each<[what: string, task: string, files: Files, message: RegExp]>([
  ['a folder without index', 'f', { 'f/main.ts': '1' }, /the folder "f\/" has no index/],
  ['an empty script', 'a.py', { 'a.py': '' }, /the task "a.py" is empty/],
  ['a file without a runtime', 'a.txt', { 'a.txt': 'hello' }, /no runtime for ".txt"/],
])('%s is refused before a run exists', async (_, task, files, message) => {
  const here = await ScriptWorkspace.create(files)
  await here.expectRefused(await here.run([task]), 1, message)
})

test('the hint names the image variant with python3 when python3 is missing', async () => {
  const here = await ScriptWorkspace.create({ 'a.py': 'print(1)' })
  const ended = await here.run(['a.py'], { PATH: here.folder })
  await here.expectFailed(ended, 1, 'INTERPRETER_MISSING', /"python3"/)
  expect(ended.stderr).toMatch(/^hint: .*image variant `python`/m)
})

test('a script is bundled without the tsconfig.json of a folder above', async () => {
  const files = { 'temporary/tsconfig.json': 'no JSON', 'a.ts': 'console.log(1 as number)' }
  const here = await ScriptWorkspace.create(files)
  expect(await here.run(['a.ts'])).toMatchObject({ code: 0, stdout: '1\n' })
})

test('--dry-run shows the task and checks that it has a runtime', async () => {
  const here = await ScriptWorkspace.create({ 'a.py': 'print(1)', 'f/x.ts': '1' })
  const planned = await here.run(['a.py', '--dry-run', '--json'])
  expect(JSON.parse(planned.stdout)).toMatchObject({
    task: { uri: expect.stringMatching(/a\.py$/) },
    statements: [],
  })
  expect(await here.run(['f', '--dry-run'])).toMatchObject({ code: 1, stdout: '' })
  expect(await here.workspace.files('.batchquery')).toEqual([])
})
