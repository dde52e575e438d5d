import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { soakSeed, testSeed } from '../../campaign/dice.ts'

beforeEach(() => void vi.stubEnv('BATCHQUERY_SEED', undefined))
afterEach(() => void vi.unstubAllEnvs())

describe('the seed of a campaign', () => {
  test('is always the same one when the tests run', () => {
    expect(testSeed()).toBe(testSeed())
  })

  test('is a new one for each soak', () => {
    const seeds = Array.from({ length: 10 }, () => soakSeed(undefined))
    expect(new Set(seeds).size).toBeGreaterThan(1)
  })

  test('is BATCHQUERY_SEED when that is set, and what the command line of a soak says before that', () => {
    vi.stubEnv('BATCHQUERY_SEED', '7')
    expect([testSeed(), soakSeed(undefined), soakSeed('8')]).toEqual([7, 7, 8])
  })

  test('is refused when it is no whole number', () => {
    vi.stubEnv('BATCHQUERY_SEED', 'seven')
    expect(testSeed).toThrow('the seed "seven" is no whole number')
  })
})
