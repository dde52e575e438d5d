import fc from 'fast-check'
import { expect, test } from 'vitest'

import { isRunId } from '../../../src/platform/index.ts'
import {
  asInKey,
  type EndFacts,
  endKey,
  indexKey,
  mayBe,
  parseIndexKey,
  type RunEnd,
} from '../../../src/run/index-keys.ts'

const time = fc.date({ min: new Date(1), max: new Date('2286-11-20'), noInvalidDate: true })
const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/).filter(isRunId)
const text = fc.option(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('', '-', '!', '~', '%2F', 'a/b', '\0', '\ud83d', '.', '..', '😀'.repeat(40)),
  ),
)
const end: fc.Arbitrary<RunEnd> = fc.record({
  state: fc.constantFrom('SUCCEEDED', 'FAILED', 'CANCELLED', 'GONE'),
  code: text,
  task: text,
  database: text,
})
/** The pattern of earlier versions. */
const EARLIER = /^index\/(\d{13})_(.+)$/

test('index keys sort the newest first, and can be parsed', () => {
  fc.assert(
    fc.property(time, id, time, id, (createdAt, name, otherTime, otherName) => {
      const key = indexKey(createdAt, name)
      expect(parseIndexKey(key)).toMatchObject({ id: name, createdAt, end: null })
      if (createdAt > otherTime) expect(key < indexKey(otherTime, otherName)).toBe(true)
    }),
  )
})

test('the key of an end shows how the run ended, and fits into a filesystem', () => {
  const is = (key: string, ...made: readonly unknown[]) =>
    expect(parseIndexKey(key), key).toMatchObject({ id: made[0], createdAt: made[1], end: made[2] })
  fc.assert(
    fc.property(time, id, end, (createdAt, name, ended) => {
      const key = endKey({ createdAt, id: name }, ended)
      const kept = { code: asKept(ended.code), task: asKept(ended.task), database: asKept(ended.database) }
      is(key, name, createdAt, { state: ended.state, ...kept })
      expect(key).toMatch(/^index\/0\d{6}\/[\w.!%-]{1,254}$/)
      // The parsed texts make the same key again.
      expect(endKey({ createdAt, id: name }, { state: ended.state, ...kept })).toBe(key)
    }),
  )
})

const count = fc.maxSafeNat()
const facts: fc.Arbitrary<EndFacts> = fc.record({
  startedMs: fc.option(count),
  tookMs: count,
  rows: count,
  bytes: count,
  charged: fc.option(
    fc.record({
      cpu: fc.constantFrom(256, 32_768),
      memory: fc.constantFrom(512, 249_856),
      architecture: fc.constantFrom('X86_64', 'ARM64'),
      ms: count,
    }),
  ),
})

test('the key of an end has the facts of a list, and fits into a filesystem when all of them are long', () => {
  fc.assert(
    fc.property(time, id, end, facts, (createdAt, name, ended, known) => {
      const key = endKey({ createdAt, id: name }, { ...ended, facts: known })
      expect(key).toMatch(/^index\/0\d{6}\/[\w.!~%-]{1,255}$/)
      const found = parseIndexKey(key)?.end
      expect(found?.facts).toEqual(known)
      for (const field of ['code', 'task', 'database'] as const) {
        const text = Buffer.from(ended[field] ?? '').toString() || null
        expect(text === null ? found?.[field] : mayBe(text, found?.[field] ?? null)).toBe(
          text === null ? null : true,
        )
      }
    }),
  )
})

test('a cut text in the key of an end is that of each text that begins with it, and a whole text of no other', () => {
  const run = { createdAt: new Date(1_000), id: 'r1' }
  const facts: EndFacts = { startedMs: 0, tookMs: 1, rows: 2, bytes: 3, charged: null }
  const taskIn = (task: string) =>
    parseIndexKey(endKey(run, { state: 'FAILED', code: null, task, database: null, facts }))?.end?.task ??
    null
  expect(taskIn('report.sql')).toBe('report.sql')
  expect(mayBe('report.sql.old', taskIn('report.sql'))).toBe(false)
  const long = `${'x'.repeat(45)}ü and more`
  expect(taskIn(long)).toBe(`${'x'.repeat(45)}…`)
  expect(mayBe(long, taskIn(long))).toBe(true)
  expect(mayBe('x'.repeat(44), taskIn(long))).toBe(false)
})

const asKept = (given: string | null) => (given === null ? null : asInKey(given))

test('no key sorts between an entry and its end', () => {
  fc.assert(
    fc.property(time, id, end, id, fc.boolean(), (createdAt, name, ended, text, isLonger) => {
      // The nearest keys belong to ids that begin with this one.
      const other = isLonger ? `${name}${text}`.slice(0, 64) : text
      const entry = indexKey(createdAt, name)
      const between = indexKey(createdAt, other)
      if (other !== name)
        expect(entry < between && between < endKey({ createdAt, id: name }, ended)).toBe(false)
    }),
  )
})

test('the key of an end contains a short text unchanged, and cuts a long one after a whole character', () => {
  expect(asInKey('db.example.com/sales ü')).toBe('db.example.com/sales ü')
  expect(asInKey('x'.repeat(49))).toBe('x'.repeat(48))
  expect(asInKey(`${'x'.repeat(44)}üy`)).toBe('x'.repeat(44))
  expect(asInKey('-')).toBe('-')
  expect(asInKey('')).toBeNull()
})

test('the index accepts entries of earlier versions, and earlier versions skip the entries of this one', () => {
  const createdAt = new Date('2026-11-23T02:15:45.000Z')
  const ours = indexKey(createdAt, 'r1')
  const theirs = 'index/8204599855000_r1'
  expect(ours).toBe('index/0979219/8204599855000_r1')
  expect(parseIndexKey(theirs)).toEqual({ ...parseIndexKey(ours) })
  expect(EARLIER.test(theirs)).toBe(true)
  expect(EARLIER.test(ours)).toBe(false)
})

test.each([
  'index/',
  'index/123_x',
  'index/8204645055000_',
  'index/8204645055000_a/b',
  'index/8204645055000_..',
  'index/8204645055000_.',
  'runs/8204645055000_x',
  // In the folder of another day, the entry would be out of order.
  'index/0979218/8204599855000_r1',
  'index/0979219/8204599855000_..',
  'index/0979219/8204599855000_r1/x',
  'index/0979219/8204599855000_r1!',
  'index/0979219/8204599855000_r1!RUNNING!-!-!-',
  'index/0979219/8204599855000_r1!FAILED!-!-',
  'index/0979219/8204599855000_r1!FAILED!-!-!%',
  'index/0979219/8204599855000_r1!FAILED!-!-!%FF',
])('the index has no key %s', key => {
  expect(parseIndexKey(key)).toBeNull()
})
