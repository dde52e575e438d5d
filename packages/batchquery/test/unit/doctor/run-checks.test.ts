import { expect, test } from 'vitest'
import type { Check, Finding } from '../../../src/doctor/check.ts'
import { runChecks } from '../../../src/doctor/run-checks.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'

const holds: Finding = { figure: 'it is there' }

function check(
  id: string,
  needs: readonly string[],
  run: () => Finding | Promise<Finding> = () => holds,
): Check {
  return { id, what: `what ${id} is`, needs, run: async () => run() }
}

const fails = () => {
  throw new BatchQueryError('TLS', 'it is not there')
}

async function states(checks: readonly Check[], signal = new AbortController().signal) {
  const found: string[] = []
  for await (const { id, state, because } of runChecks(checks, signal))
    found.push([id, state, ...(because === null ? [] : [because])].join(' '))
  return found
}

test('a check that fails skips all checks that need it, directly or through others, and no other checks', async () => {
  const checks = [
    check('a', []),
    check('b', ['a'], fails),
    check('c', ['b']),
    check('d', ['a', 'c']),
    check('e', ['a']),
    check('f', ['e'], fails),
    check('g', ['d', 'f']),
  ]
  expect(await states(checks)).toEqual([
    'a ok',
    'b failed',
    'c skipped b failed',
    'd skipped b failed',
    'e ok',
    'f failed',
    'g skipped b failed',
  ])
})

test('a check that does not apply skips nothing', async () => {
  expect(await states([check('a', [], () => ({ skipped: 'no socket' })), check('b', ['a'])])).toEqual([
    'a skipped no socket',
    'b ok',
  ])
})

test('a failure has at least the hint of its code, and a defect is reported as one', async () => {
  const defect = () => {
    throw new TypeError('x is not a function')
  }
  const checks = [check('a', [], fails), check('b', [], defect)]
  const errors = []
  for await (const { error } of runChecks(checks, new AbortController().signal)) errors.push(error)
  expect(errors).toMatchObject([
    { code: 'TLS', message: 'it is not there', hint: expect.stringContaining('sslrootcert') },
    { code: 'INTERNAL', message: 'x is not a function', hint: expect.stringContaining('report') },
  ])
})

test('the signal ends the checks, between two and during one', async () => {
  const stop = new AbortController()
  const reason = new BatchQueryError('CANCELLED', 'interrupted')
  const stops = check('a', [], () => {
    stop.abort(reason)
    return holds
  })
  await expect(states([stops, check('b', [])], stop.signal)).rejects.toBe(reason)
  const within = new AbortController()
  const broken = check('a', [], () => {
    within.abort(reason)
    throw new Error('the socket was destroyed')
  })
  await expect(states([broken], within.signal)).rejects.toBe(reason)
})
