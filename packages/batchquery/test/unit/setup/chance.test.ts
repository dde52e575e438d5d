import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { cases, newSeed, testSeed } from '../../setup/chance.ts'

const given = { seed: testSeed(), usual: cases(100) }

beforeEach(() => {
  vi.stubEnv('BATCHQUERY_SEED', undefined)
  vi.stubEnv('BATCHQUERY_CASES', undefined)
})
afterEach(() => void vi.unstubAllEnvs())

test('the tests use the same seed every time, or BATCHQUERY_SEED when it is set', () => {
  expect(testSeed()).toBe(20261123)
  vi.stubEnv('BATCHQUERY_SEED', '7')
  expect(testSeed()).toBe(7)
})

test('a new seed differs from the one before', () => {
  expect(new Set(Array.from({ length: 10 }, newSeed)).size).toBeGreaterThan(1)
})

test('a random test uses BATCHQUERY_CASES times as many inputs', () => {
  expect(cases(60)).toBe(60)
  vi.stubEnv('BATCHQUERY_CASES', '3')
  expect(cases(60)).toBe(180)
})

test.each(['seven', '1.5', '1e400', ' '])(
  'the seed and the number of cases are refused when they are %j',
  text => {
    vi.stubEnv('BATCHQUERY_SEED', text)
    vi.stubEnv('BATCHQUERY_CASES', text)
    expect(testSeed).toThrow(`BATCHQUERY_SEED=${JSON.stringify(text)} is no whole number`)
    expect(() => cases(1)).toThrow(`BATCHQUERY_CASES=${JSON.stringify(text)} is no whole number`)
  },
)

test('a random test refuses to use no inputs', () => {
  vi.stubEnv('BATCHQUERY_CASES', '0')
  expect(() => cases(1)).toThrow('BATCHQUERY_CASES is 0')
})

test('each property uses the seed of the tests, and names it when it fails', () => {
  expect(fc.readConfigureGlobal()).toMatchObject({ seed: given.seed })
  const property = fc.property(fc.nat(), () => false)
  expect(() => fc.assert(property)).toThrow(`{ seed: ${given.seed},`)
})
