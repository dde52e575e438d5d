import { expect, test } from 'vitest'
import { givenParameters } from '../../../src/task/given-parameters.ts'
import { isRepeatOk } from '../../../src/task/runner-settings.ts'

const given = (json: string) => givenParameters({ BATCHQUERY_PARAMS: json })

test('BATCHQUERY_PARAMS accepts texts, numbers and booleans', () => {
  expect(
    given('{"month":"2026-11","rows":10,"rate":-0.25,"all":true,"none":false,"constructor":"x"}'),
  ).toEqual({
    month: '2026-11',
    rows: '10',
    rate: '-0.25',
    all: 'true',
    none: 'false',
    constructor: 'x',
  })
  expect(givenParameters({})).toEqual({})
})

test.each([
  ['{"id":12345678901234567890}', /value for id that is not/],
  ['{"rate":0.1234567890123456789}', /value for rate/],
  ['{"n":1e300}', /value for n /],
  ['{"n":null}', /value for n /],
  ['{"n":["a"]}', /value for n /],
  ['["a"]', /not a JSON object/],
  ['{', /not a JSON object/],
])('BATCHQUERY_PARAMS refuses %s, which would become another value or none', (json, message) => {
  expect(() => given(json)).toThrow(message)
})

test('BATCHQUERY_REPEAT accepts only ok', () => {
  expect([
    isRepeatOk({}),
    isRepeatOk({ BATCHQUERY_REPEAT: '' }),
    isRepeatOk({ BATCHQUERY_REPEAT: 'ok' }),
  ]).toEqual([false, false, true])
  expect(() => isRepeatOk({ BATCHQUERY_REPEAT: 'yes' })).toThrow(/BATCHQUERY_REPEAT is "yes"/)
})
