import { execa } from 'execa'
import { beforeAll, expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/commands/index.ts'
import { PROGRAM } from './workspace.ts'

const NAMES = COMMANDS.map(({ name }) => name)
let script: string

beforeAll(async () => {
  script = (await execa(process.execPath, [PROGRAM, 'completion', 'bash'])).stdout
})

/** Returns the words that bash offers for the last word of a command line. */
async function offered(line: string): Promise<string[]> {
  const ask = [
    'eval "$1"',
    '[[ $(complete -p batchquery) == "complete -o default -F _batchquery batchquery" ]] || exit 1',
    'shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))',
    '_batchquery',
    'declare -p COMPREPLY',
  ].join('\n')
  const { stdout } = await execa('bash', ['-uc', ask, 'bash', script, ...line.split(' ')])
  // declare -a COMPREPLY=([0]="run" [1]="reap")
  return [...stdout.matchAll(/\[\d+\]="(.*?)"/g)].map(([, word]) => word)
}

test.each<[line: string, expected: readonly string[]]>([
  ['batchquery ', [...NAMES, '--help', '--version']],
  ['batchquery ver', ['verify', 'version']],
  ['batchquery --v', ['--version']],
  ['batchquery run --det', ['--detach']],
  ['batchquery run task.sql --no', ['--no-progress']],
  ['batchquery demo -', ['--json', '-q', '--quiet', '-v', '--verbose', '--help']],
  ['batchquery ls --det', []],
  ['batchquery ls --w', ['--watch']],
  ['batchquery ls --error TASK_N', ['TASK_NOT_FOUND']],
  ['batchquery ls --task ', []],
  ['batchquery completion ', ['bash', 'zsh', 'fish']],
  ['batchquery completion z', ['zsh']],
  ['batchquery help can', ['cancel']],
  ['batchquery help sql', ['sql-tasks']],
  // Nothing offered: bash completes a file name.
  ['batchquery run ', []],
  ['batchquery run --config ', []],
  ['batchquery run -d ', []],
  ['batchquery nosuch ', []],
])('bash completes %j', async (line, expected) => {
  expect(await offered(line)).toEqual(expected)
})

test('bash offers the choices of an option', async () => {
  const withChoices = COMMANDS.flatMap(({ name, options }) =>
    options.flatMap(({ long, argChoices }) => (argChoices === undefined ? [] : { name, long, argChoices })),
  )
  expect(withChoices).not.toHaveLength(0)
  for (const { name, long, argChoices } of withChoices)
    expect(await offered(`batchquery ${name} ${long} `)).toEqual(argChoices)
})

test.each(['zsh', 'fish'])('%s gets every command and every option', async shell => {
  const { stdout } = await execa(process.execPath, [PROGRAM, 'completion', shell])
  for (const { name, summary, options } of COMMANDS) {
    expect(stdout).toContain(name)
    expect(stdout).toContain(summary)
    for (const { long } of options) expect(stdout).toContain(long?.slice(2))
  }
})

test('completion refuses another shell', async () => {
  const { exitCode, stderr } = await execa(process.execPath, [PROGRAM, 'completion', 'tcsh'], {
    reject: false,
  })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/^error: .*'tcsh' is invalid.*Allowed choices are bash, zsh, fish/)
})
