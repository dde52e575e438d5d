import { describe, expect, test } from 'vitest'
import { recordedDestination } from '../../../src/export/index.ts'
import { agrees } from '../../../src/export/manifest.ts'
import { parseAttempt } from '../../../src/run/read-attempt.ts'
import { parseRunRecord } from '../../../src/run/read-record.ts'
import { parseLedger } from '../../../src/run/version-1.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { attack, survive } from './attack.ts'
import { ATTEMPT, LEDGER, MANIFEST, RECORD, STAGED } from './corpus.ts'
import { hostileJson } from './json.ts'

const WHERE = 's3://home/runs/r1/object'
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value))
const store = new DirectoryStore('/nowhere')

describe('the readers read or refuse objects with changed values', () => {
  attack('run record', hostileJson([RECORD]), value => {
    const record = parseRunRecord(bytesOf(value), WHERE)
    expect(Object.getPrototypeOf(record.params)).toBe(Object.prototype)
  })
  attack('ledger and its destinations', hostileJson([LEDGER]), value => {
    for (const staged of parseLedger(bytesOf(value), WHERE, 'r1', 1).exports) {
      const { bucket, prefix } = recordedDestination(staged, store)
      for (const { token } of staged.parts) {
        expect(token).toMatchObject({ bucket, owner: 'r1' })
        expect(token.key.startsWith(`${prefix}.part_`)).toBe(true)
      }
    }
  })
  attack('attempt', hostileJson([ATTEMPT]), value => parseAttempt(bytesOf(value), WHERE))
  attack('manifest', hostileJson([MANIFEST]), value => agrees(bytesOf(value), STAGED, 'out/r'))
})

describe('the readers refuse texts that would use up memory or stack', () => {
  const MANY = 10_000_000
  test.each<[string, () => string]>([
    ['lists that are never closed', () => '['.repeat(MANY)],
    ['lists in lists', () => '['.repeat(MANY) + ']'.repeat(MANY)],
    ['empty lists', () => `[${'[],'.repeat(MANY)}[]]`],
    ['empty objects', () => `{"exports":[${'{},'.repeat(MANY)}{}]}`],
    ['nulls', () => `{"version":1,"args":[${'0,'.repeat(MANY)}0]}`],
    ['a key that never ends', () => `{"${'a'.repeat(MANY)}`],
    ['quotes in a string', () => `{"a":"${'\\"'.repeat(MANY)}`],
  ])('%s', (_, write) => {
    const bytes = Buffer.from(write())
    survive(() => parseRunRecord(bytes, WHERE))
    survive(() => parseLedger(bytes, WHERE, 'r1', 1))
  })
})

test('a long text with commas is not a record', () => {
  const ids = '1,'.repeat(2_000_000)
  const record = parseRunRecord(bytesOf({ ...RECORD, params: { ids } }), WHERE)
  expect(record.params).toEqual({ ids })
})

test.each(['__proto__', 'constructor', 'prototype', 'toString'])('a parameter may have the name %s', name => {
  const params = Object.fromEntries([[name, 'value']])
  const read = parseRunRecord(bytesOf({ ...RECORD, params }), WHERE)
  expect(Object.entries(read.params)).toEqual([[name, 'value']])
})
