import { describe, expect, test } from 'vitest'

import { Log, type LogLevel } from '../../../src/platform/index.ts'

function talk(level: LogLevel) {
  const stderr: string[] = []
  const attached: string[] = []
  const log = new Log(level, entry => stderr.push(entry))
  const detach = log.attach(entry => attached.push(entry))
  return { log, stderr, attached, detach }
}

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`

describe('levels', () => {
  test.each([
    ['quiet', ['warning: w', 'error: e'], ['INFO i', 'WARN w', 'ERROR e']],
    ['normal', ['i', 'warning: w', 'error: e'], ['INFO i', 'WARN w', 'ERROR e']],
    ['verbose', ['d', 'i', 'warning: w', 'error: e'], ['DEBUG d', 'INFO i', 'WARN w', 'ERROR e']],
  ] as const)('%s', (level, onStderr, inSink) => {
    const { log, stderr, attached } = talk(level)
    log.debug('d')
    log.info('i')
    log.warn('w')
    log.error('e')
    const prefix = level === 'verbose' ? `${TIME} ` : ''
    expect(stderr).toEqual(onStderr.map(line => expect.stringMatching(new RegExp(`^${prefix}${line}\n$`))))
    expect(attached).toEqual(inSink.map(line => expect.stringMatching(new RegExp(`^${TIME} ${line}\n$`))))
  })
})

test.each(['quiet', 'normal', 'verbose'] as const)('%s shows the hint of an error', level => {
  const { log, stderr, attached } = talk(level)
  log.failure({ message: 'm', hint: 'h' })
  log.failure({ message: 'n', hint: null })
  const shown = ['error: m\n', 'hint: h\n', 'error: n\n']
  expect(stderr).toEqual(shown.map(line => expect.stringMatching(new RegExp(`${line}$`))))
  const kept = ['ERROR m', 'INFO hint: h', 'ERROR n']
  expect(attached).toEqual(kept.map(line => expect.stringMatching(new RegExp(`^${TIME} ${line}\n$`))))
})

test('a sink gets nothing before it is attached nor after it is detached', () => {
  const { log, attached, detach } = talk('normal')
  detach()
  log.info('later')
  expect(attached).toEqual([])
})

test('no sink shows secrets, also later ones', () => {
  const { log, stderr, attached } = talk('normal')
  log.addSecret('hunter2')
  log.error('login as mysql://u:hunter2@h failed: hunter2')
  expect(`${stderr}${attached}`).not.toContain('hunter2')
  expect(log.redact('hunter2!')).toBe('***!')
})

test('a secret of fewer than four characters is not masked, and every sink says so once', () => {
  const { log, stderr, attached } = talk('quiet')
  log.addSecret('')
  expect(stderr).toEqual([])
  log.addSecret('ab', ['6162'])
  log.addSecret('1')
  const later: string[] = []
  log.attach(entry => later.push(entry))
  log.warn('a table of 6162 labels')
  const expected = [
    expect.stringContaining('fewer than 4 characters'),
    expect.stringContaining('of 6162 labels\n'),
  ]
  for (const sink of [stderr, attached, later]) expect(sink).toEqual(expected)
  expect(log.redact('ab')).toBe('ab')
})

test('a secret is masked in its other spellings', () => {
  const { log } = talk('normal')
  log.addSecret("pa'ss", ["pa''ss", '70'])
  expect(log.redact("pa'ss pa''ss 'pa''ss'")).toBe("*** *** '***'")
})

test('a text can neither control the terminal nor imitate an entry', () => {
  const { log, stderr } = talk('normal')
  log.info('\u001b[2Ja\rb\u0000\u009b\u202ec\td\nerror: forged\n\n')
  expect(stderr).toEqual(['\\u001b[2Ja\\u000db\\u0000\\u009b\\u202ec\td\n  error: forged\n'])
})

test('the log cuts a very long text', () => {
  const { log, stderr } = talk('normal')
  log.info('x'.repeat(1_000_000))
  expect(stderr.join('')).toMatch(/^x{16384}\.\.\. \(983616 more characters\)\n$/)
})
