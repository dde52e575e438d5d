import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { BatchQueryError } from '../../../src/errors/index.ts'
import { queuedRecord } from '../../../src/run/new-run.ts'
import { parseRunRecord } from '../../../src/run/read-record.ts'
import { cases } from '../../setup/chance.ts'
import { home, newRun } from './fixture.ts'

const WHERE = 's3://home/runs/x/run.json'
const ID = newRun().id
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))

const FULL = {
  ...queuedRecord(newRun()),
  state: 'FAILED',
  runner: { host: 'h', pid: 1, version: '1' },
  databases: [{ dialect: 'mysql', server: null, host: 'h', name: 'n', sessions: ['1'] }],
  error: { code: 'OF_A_NEWER_VERSION', message: 'm', hint: null, retryable: false },
  exports: [
    {
      uri: 's3://b/k',
      attempt: 1,
      number: 1,
      mode: 'streamed',
      format: 'CSV',
      state: 'PUBLISHED',
      committingAt: '2026-11-23T02:15:45.000Z',
      publishedAt: null,
      rows: 1,
      bytes: 1,
      parts: [{ uri: 's3://b/k.part_00000', rows: 1, bytes: 1, sha256: null }],
      manifest: null,
    },
  ],
}

test('the parser reads a full record, and drops unknown fields', () => {
  const grown = { ...FULL, later: { nested: [] }, task: { ...FULL.task, later: 1 } }
  expect(parseRunRecord(bytes(grown), WHERE)).toEqual(FULL)
})

test('the parser reads a record of an earlier version, which lacks some fields', () => {
  const { outputs, exportCount, ...first } = FULL
  expect({ outputs, exportCount }).toEqual({ outputs: [], exportCount: 0 })
  const exports = first.exports.map(({ number: _, ...entry }) => entry)
  expect(parseRunRecord(bytes({ ...first, version: 1, exports }), WHERE)).toEqual({
    ...FULL,
    version: 1,
    exports: first.exports.map(entry => ({ ...entry, number: 0 })),
  })
})

describe('the parser refuses a record edited by hand:', () => {
  test.each([
    ['state', { state: 'DONE' }],
    ['attempt', { attempt: -1 }],
    ['attempt', { attempt: 1.5 }],
    ['createdAt', { createdAt: '2026-13-45T00:00:00.000Z' }],
    ['createdAt', { createdAt: 'yesterday' }],
    ['task.key', { task: { ...FULL.task, key: null } }],
    ['params.day', { params: { day: 1 } }],
    [
      'exports.0.parts.0.bytes',
      { exports: [{ ...FULL.exports[0], parts: [{ uri: '', rows: 1, sha256: null }] }] },
    ],
    ['databases.0.dialect', { databases: [[]] }],
    ['version', { version: 0 }],
    ['version', { version: '1' }],
  ])('%s: %j', (field, changed) => {
    expect(() => parseRunRecord(bytes({ ...FULL, ...changed }), WHERE)).toThrow(
      expect.objectContaining({
        code: 'RUN_RECORD_INVALID',
        message: expect.stringContaining(`${WHERE}: ${field}: `),
      }),
    )
  })

  test.each(['', '{', '[]', 'null', '1', '"x"', '['.repeat(1_000_000), '\ufffe'])('%j', text => {
    expect(() => parseRunRecord(Buffer.from(text), WHERE)).toThrow(BatchQueryError)
  })

  test('bytes that are not in UTF-8', () => {
    const latin1 = Buffer.from(JSON.stringify({ ...FULL, log: 'é' }), 'latin1')
    expect(() => parseRunRecord(latin1, WHERE)).toThrow(/not JSON in UTF-8/)
  })

  test('a record of a later version, whose number the error names', () => {
    expect(() => parseRunRecord(bytes({ version: 3, id: 7 }), WHERE)).toThrow(/it has version 3/)
  })

  test('the record of another run', async () => {
    const { runs, put } = await home()
    await put('runs/other/run.json', JSON.stringify(FULL))
    await expect(runs.read('other')).rejects.toThrow(`this is the record of run "${ID}"`)
  })

  test('a reader stops at the largest size of a record', async () => {
    const { runs, put } = await home()
    await put('runs/large/run.json', `${JSON.stringify(FULL)}${' '.repeat(33 * 1024 * 1024)}`)
    await expect(runs.read('large')).rejects.toThrow(/larger than 33554432 bytes/)
  })
})

test('the parser reads any JSON or fails with RUN_RECORD_INVALID, and changes no prototype', () => {
  const key = fc.constantFrom('__proto__', 'constructor', 'prototype', ...Object.keys(FULL), 'key', 'bucket')
  const hostile = fc.letrec<{ value: unknown; record: unknown }>(tie => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    ),
    // A good record with replaced fields, some of them several levels deep.
    record: fc
      .tuple(fc.constantFrom(...Object.keys(FULL)), tie('value'), key, tie('value'))
      .map(([field, value, inner, innerValue]) => ({
        ...FULL,
        [field]: value,
        params: JSON.parse(`{${JSON.stringify(inner)}: ${JSON.stringify(innerValue)}}`),
      })),
  }))
  const taken = fc.tuple(key, fc.string()).map(([name, text]) => ({
    ...FULL,
    params: JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(text)}}`),
  }))
  let records = 0
  fc.assert(
    fc.property(fc.oneof(hostile.value, hostile.record, taken), value => {
      try {
        const record = parseRunRecord(bytes(value), WHERE)
        expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
        expect(Object.getPrototypeOf(record.params)).toBe(Object.prototype)
        records++
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: 'BatchQueryError', code: 'RUN_RECORD_INVALID' })
      }
      expect(Object.keys(Object.prototype)).toEqual([])
    }),
    { numRuns: cases(2000) },
  )
  expect(records).toBeGreaterThan(cases(300))
})
