import { describe, expect, test } from 'vitest'
import { type Files, ScriptWorkspace } from './script-workspace.ts'

const BOM = '\ufeff'

/** A script that fails in its second line, unless the shell did not understand the first one. */
const FAILS = ['set -euo pipefail', 'false', 'echo done', ''].join('\n')
const windows = (text: string): string => text.replaceAll('\n', '\r\n')

describe('a shell script is refused when it has', () => {
  test.each<[what: string, task: string, files: Files, message: RegExp]>([
    ['CRLF', 'job.sh', { 'job.sh': windows(FAILS) }, /line 1 of "job\.sh" ends in CR LF/],
    ['CRLF in one line', 'job.sh', { 'job.sh': `${FAILS}\nfalse\r\n` }, /line 5 of "job\.sh" ends in CR LF/],
    ['a CR at the end', 'job.sh', { 'job.sh': 'echo\nfalse\r' }, /line 2 of "job\.sh" ends in CR LF/],
    [
      'CR alone',
      'job.sh',
      { 'job.sh': FAILS.replaceAll('\n', '\r') },
      /the lines of "job\.sh" end in CR only/,
    ],
    [
      'a byte order mark',
      'job.sh',
      { 'job.sh': `${BOM}${FAILS}` },
      /"job\.sh" begins with a byte order mark/,
    ],
    ['a mark alone', 'job.sh', { 'job.sh': BOM }, /byte order mark/],
    ['UTF-16', 'job.sh', { 'job.sh': Buffer.from(`${BOM}${FAILS}`, 'utf16le') }, /byte order mark/],
    ['CRLF after #!', 'job', { job: windows(`#!/bin/sh\n${FAILS}`) }, /line 1 of "job" ends in CR LF/],
    ['CRLF below #!', 'job', { job: `#!/usr/bin/env bash\n${windows(FAILS)}` }, /line 2 of "job" ends/],
    ['a mark before #!', 'job', { job: `${BOM}#!/bin/sh\n${FAILS}` }, /"job" begins with a byte order mark/],
    [
      'a mark before python',
      'job',
      { job: `${BOM}#!/usr/bin/env python3\n` },
      /"job" begins with a byte order/,
    ],
    ['CRLF after python', 'job', { job: '#!/usr/bin/env python3\r\nprint(1)\r\n' }, /line 1 of "job" ends/],
    [
      'CRLF in a file that it reads',
      'job',
      { 'job/index.sh': '. "$(dirname "$0")/lib/all.sh"', 'job/lib/all.sh': windows(FAILS) },
      /line 1 of "lib\/all\.sh" ends in CR LF/,
    ],
  ])('%s', async (_, task, files, message) => {
    const here = await ScriptWorkspace.create(files)
    const ended = await here.run([`./${task}`])
    await here.expectRefused(ended, 1, message)
    const planned = await here.run([`./${task}`, '--dry-run'])
    expect(planned).toMatchObject({ code: 1, stderr: expect.stringMatching(message) })
  })
})

describe('a script runs unchanged when its line ends do no harm:', () => {
  test.each<[what: string, task: string, files: Files, stdout: string]>([
    ['Python', 'job.py', { 'job.py': `${BOM}${windows('import sys\nprint(len(sys.argv))\n')}` }, '1\n'],
    [
      'TypeScript',
      'job.ts',
      { 'job.ts': `${BOM}${windows('const a: number = 1\nconsole.log(a)\n')}` },
      '1\n',
    ],
    ['JavaScript', 'job.mjs', { 'job.mjs': windows('#!/usr/bin/env node\nconsole.log(1)\n') }, '1\n'],
    [
      "a shell script's data",
      'job',
      { 'job/index.sh': 'cat "$(dirname "$0")/data.csv"', 'job/data.csv': 'a\r\n' },
      'a\n',
    ],
    ['a CR within a line', 'job.sh', { 'job.sh': 'printf "a\rb" | tr "\\r" -\necho\n' }, 'a-b\n'],
    [
      'an archive after the script',
      'job.sh',
      { 'job.sh': Buffer.from('echo 1\nexit 0\n\0\x01\r\n\r\n', 'latin1') },
      '1\n',
    ],
  ])('%s', async (_, task, files, stdout) => {
    const here = await ScriptWorkspace.create(files)
    expect(await here.run([`./${task}`])).toMatchObject({ code: 0, stdout })
  })
})

test('a SQL task and its directives mean the same with a byte order mark and CRLF', async () => {
  const sql = windows(`-- @param note secret\n-- @timeout 5m\nSELECT :note;\n-- a comment\nSELECT 2\n`)
  const here = await ScriptWorkspace.create({ 'job.sql': `${BOM}${sql}`, note: 'n' })
  expect(await here.run(['./job.sql', '-p', 'note=n'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('parameter note is a secret'),
  })
  const planned = await here.run(['./job.sql', '-p', 'note=@note', '--dry-run'])
  expect(planned.stdout).toMatch(/timeout +300 s\n(.*\n)*1 +line 3: SELECT\n2 +line 5: SELECT\n/)
})

test('a SQL task is refused when its lines end in CR alone, because a server would read the rest as a comment', async () => {
  const here = await ScriptWorkspace.create({ 'job.sql': 'SELECT 1;\r-- a comment\rSELECT 2;\r' })
  const ended = await here.run(['./job.sql'])
  await here.expectRefused(ended, 1, /has lines that end in CR only/)
})
