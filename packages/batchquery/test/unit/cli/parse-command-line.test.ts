import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../../src/cli/commands/index.ts'
import { asksForJson, parseCommandLine } from '../../../src/cli/parse-command-line.ts'
import { EXIT_CODES } from '../../../src/errors/index.ts'

/** Words of a command line, split at spaces. */
const parse = (line: string) => parseCommandLine(line.split(' ').filter(Boolean), COMMANDS)

describe('the parser accepts', () => {
  test.each<[line: string, name: string, operands: string[], options: object]>([
    ['run ./a.sql', 'run', ['./a.sql'], { progress: true }],
    ['run a.sql x y', 'run', ['a.sql', 'x', 'y'], { progress: true }],
    ['run a.sql -- -x --json', 'run', ['a.sql', '-x', '--json'], { progress: true }],
    [
      'run s3://b/k -d duckdb:x --bucket b --store ./s --timeout 2h --run-id r1 --no-progress --json -q',
      'run',
      ['s3://b/k'],
      {
        database: 'duckdb:x',
        bucket: 'b',
        store: './s',
        timeout: 7200,
        runId: 'r1',
        progress: false,
        json: true,
        quiet: true,
      },
    ],
    ['--version', 'text', [], {}],
    [
      'run --database=duckdb:x -v a.sql',
      'run',
      ['a.sql'],
      { database: 'duckdb:x', verbose: true, progress: true },
    ],
    ['put a.sql b.sql', 'put', ['a.sql', 'b.sql'], {}],
    ['put a.sql --as m/b.sql', 'put', ['a.sql'], { as: 'm/b.sql' }],
    ['ls', 'ls', [], { limit: 20 }],
    ['ls --limit 3 --since 2026-11-23', 'ls', [], { limit: 3, since: new Date('2026-11-23T00:00:00Z') }],
    ['ls --since 2026-11-23T02:15Z', 'ls', [], { limit: 20, since: new Date('2026-11-23T02:15:00Z') }],
    ['ls --failed', 'ls', [], { limit: 20, failed: true }],
    ['ls --state RUNNING', 'ls', [], { limit: 20, state: 'RUNNING' }],
    [
      'ls --watch --error TIMEOUT --task a.sql --database sales',
      'ls',
      [],
      { limit: 20, watch: true, error: 'TIMEOUT', task: 'a.sql', database: 'sales' },
    ],
    ['show r1 --json', 'show', ['r1'], { json: true }],
    ['logs -f r1', 'logs', ['r1'], { follow: true }],
    ['logs r1 --follow', 'logs', ['r1'], { follow: true }],
    ['show r1 --config ../b.yaml', 'show', ['r1'], { config: '../b.yaml' }],
    ['run a.sql --detach', 'run', ['a.sql'], { progress: true, detach: true }],
    ['run a.sql --dry-run', 'run', ['a.sql'], { progress: true, dryRun: true }],
    ['cancel r1', 'cancel', ['r1'], { wait: 30 }],
    ['cancel r1 --wait 5m', 'cancel', ['r1'], { wait: 300 }],
    ['cancel r1 --no-wait', 'cancel', ['r1'], { wait: false }],
    ['init sub --force', 'init', ['sub'], { force: true }],
    ['completion zsh', 'completion', ['zsh'], {}],
    ['demo -v', 'demo', [], { verbose: true }],
    ['version', 'version', [], {}],
  ])('%s', (line, name, operands, options) => {
    const parsed = parse(line)
    if ('text' in parsed) expect(name).toBe('text')
    else {
      expect(parsed.command.name).toBe(name)
      expect(parsed.invocation).toEqual({ operands, options })
    }
  })

  test('a duration, which counts back from now', () => {
    const parsed = parse('ls --since 2h')
    const since = 'invocation' in parsed ? parsed.invocation.options.since : undefined
    const ago = Date.now() - (since?.getTime() ?? 0)
    expect(ago).toBeGreaterThanOrEqual(7_200_000)
    expect(ago).toBeLessThan(7_260_000)
  })
})

describe('the parser refuses', () => {
  test.each([
    ['', 'expected a command', 'batchquery demo'],
    ['help nosuch', "'nosuch' is invalid for argument 'topic'", 'batchquery help --help'],
    ['rnu a.sql', "unknown command 'rnu'", 'Did you mean run?'],
    ['--josn', "unknown option '--josn'", 'batchquery --help'],
    ['run', "missing required argument 'task'", 'batchquery run --help'],
    ['run a.sql --jsno', "unknown option '--jsno'", 'Did you mean --json?'],
    ['run a.sql --timeout', 'argument missing', 'batchquery run --help'],
    ['run a.sql --timeout soon', '"soon" is not a duration', '2h'],
    ['run a.sql --run-id a/b', '"a/b" is not a run id', '1 to 64'],
    ['run a.sql -q -v', 'cannot be used with', 'batchquery run --help'],
    ['run a.sql --detach --dry-run', 'cannot be used with', 'batchquery run --help'],
    ['cancel r1 --wait now', '"now" is not a duration', '5m'],
    ['completion tcsh', 'Allowed choices are bash, zsh, fish', 'batchquery completion --help'],
    ['put', "missing required argument 'file'", 'batchquery put --help'],
    ['show', "missing required argument 'run'", 'batchquery show --help'],
    ['show a b', 'Expected 1 argument but got 2', 'batchquery show --help'],
    ['ls --limit 0', '--limit "0"', '1 to 999999'],
    ['ls --limit 1e3', '--limit "1e3"', '1 to 999999'],
    ['ls --since 2026-13-01', '--since "2026-13-01"', '2d'],
    ['ls --since whenever', '"whenever" is not a duration', '90s'],
    ['ls --failed --state RUNNING', 'cannot be used with', 'batchquery ls --help'],
    ['ls --state failed', 'Allowed choices are QUEUED, RUNNING', 'batchquery ls --help'],
    ['version now', 'Expected 0 arguments but got 1', 'batchquery version --help'],
  ])('%s', (line, message, hint) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        exitCode: 2,
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    )
  })
})

/** Splits an example as a shell does: it removes quotes, and everything after a redirection. */
function wordsOf(example: string): string[] {
  const words = example.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? []
  const end = words.findIndex(word => word === '<' || word === '>')
  return words.slice(1, end === -1 ? words.length : end)
}

const helpOf = (line: string): string => {
  const parsed = parse(line)
  return 'text' in parsed ? parsed.text : ''
}

describe('help', () => {
  test.each(['--help', ...COMMANDS.map(({ name }) => `${name} --help`)])(
    '%s begins with examples that can be parsed',
    line => {
      const [, examples = ''] = /\nExamples:\n(.*?)\n\n/s.exec(helpOf(line)) ?? []
      const lines = examples.split('\n')
      expect(lines).not.toEqual([''])
      for (const example of lines) expect(() => parseCommandLine(wordsOf(example), COMMANDS)).not.toThrow()
    },
  )

  test.each(COMMANDS.map(({ name }) => name))('%s describes each option on one line of 80 columns', name => {
    const [, options = ''] = /\nOptions:\n(.*?)(?:\n\n|$)/s.exec(helpOf(`${name} --help`)) ?? []
    for (const line of options.split('\n')) expect(line).toMatch(/^ {2}-/)
  })

  test.each([40, 80, 200])('no sentence is wider than the terminal: %i columns', columns => {
    for (const line of [['--help'], ...COMMANDS.map(({ name }) => [name, '--help'])]) {
      const parsed = parseCommandLine(line, COMMANDS, columns)
      const lines = 'text' in parsed ? parsed.text.split('\n') : []
      const wide = lines.filter(text => text.length > Math.min(columns, 110) && !/^(?: |Usage)/.test(text))
      expect(wide).toEqual([])
    }
  })

  test('the help of the program lists every exit code', () => {
    const text = helpOf('--help')
    for (const { code, meaning } of EXIT_CODES) expect(text).toContain(`${code}  ${meaning}`)
  })

  test('the list of commands names every command', () => {
    const parsed = parse('--help')
    for (const { name, summary } of COMMANDS) {
      expect('text' in parsed && parsed.text).toMatch(new RegExp(`^  ${name} .*${summary}$`, 'm'))
    }
  })
})

test.each([
  [['run', '--json'], true],
  [['run', '--nosuch', '--json'], true],
  [['run', '--', '--json'], false],
  [['run'], false],
])('%j asks for JSON: %s', (argv, expected) => {
  expect(asksForJson(argv)).toBe(expected)
})
