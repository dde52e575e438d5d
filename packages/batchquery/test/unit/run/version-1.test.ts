import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recordedDestination } from '../../../src/export/index.ts'
import type { RunRecord } from '../../../src/run/index.ts'
import { queuedRecord } from '../../../src/run/new-run.ts'
import { exportsOfVersion1 } from '../../../src/run/version-1.ts'
import type { StageToken, Store } from '../../../src/store/index.ts'
import { cases } from '../../setup/chance.ts'
import { home, newRun } from './fixture.ts'

const ID = 'r1'
const KEY = `runs/${ID}/parts-0001.json`

const part = (at: number) => ({
  uri: `s3://home/out/r.part_0000${at}.gz`,
  token: { kind: 'directory', bucket: 'home', key: `out/r.part_0000${at}.gz`, owner: ID, handle: 'h' },
  rows: 10,
  bytes: 100,
  headerBytes: 0,
  sha256: 'ab'.repeat(32),
})
const EXPORT = {
  uri: 's3://home/out/r',
  format: 'TEXT',
  parts: [part(0), part(1)],
  rows: 20,
  bytes: 200,
  overwrite: false,
  manifest: null,
  isLast: true,
}
const LEDGER = { version: 1, attempt: 1, exports: [EXPORT], native: [] }

const withExport = (changed: object) => ({ ...LEDGER, exports: [{ ...EXPORT, ...changed }] })
const withPart = (changed: object) => withExport({ parts: [part(0), { ...part(1), ...changed }] })
const withToken = (changed: object) => withPart({ token: { ...part(1).token, ...changed } })

const RECORD_1: RunRecord = { ...queuedRecord(newRun({ id: ID })), version: 1, attempt: 1 }

/** Reads a ledger with all checks, as a runner that takes over does. */
async function read(ledger: unknown) {
  const { store, put } = await home()
  await put(KEY, JSON.stringify(ledger))
  const staged = await Promise.all(
    (await exportsOfVersion1(store, 'home', RECORD_1)).map(stored => stored.staged()),
  )
  for (const entry of staged) recordedDestination(entry, store)
  return staged
}

test('the parser reads a ledger as its attempt wrote it, without unknown fields', async () => {
  expect(await read({ ...withExport({ later: 1 }), later: [] })).toEqual([EXPORT])
  const { store } = await home()
  expect(await exportsOfVersion1(store, 'home', RECORD_1)).toEqual([])
})

describe('the parser refuses a ledger edited by hand:', () => {
  test.each<[field: string, ledger: unknown]>([
    ['version', { ...LEDGER, version: 0 }],
    ['attempt', { ...LEDGER, attempt: 2 }],
    ['exports.0.parts', withExport({ parts: [] })],
    ['exports.0.rows', withExport({ rows: 21 })],
    ['exports.0.bytes', withExport({ bytes: 199 })],
    ['exports.0.isLast', withExport({ isLast: 'yes' })],
    ['exports.0.parts.1.sha256', withPart({ sha256: 'AB'.repeat(32) })],
    ['exports.0.parts.1.bytes', withPart({ bytes: -1 })],
    ['exports.0.parts.1.token.kind', withToken({ kind: 7 })],
    ['exports.0.parts.1.token.owner', withToken({ owner: 'r2' })],
    ['parts.1.token', withToken({ kind: 'ftp' })],
    ['parts.1.token', withToken({ kind: 's3' })],
    ['parts.1.token', withToken({ bucket: 'other' })],
    ['parts.1.token', withToken({ key: 'out/r.part_00002.gz' })],
    ['parts.1.token', withToken({ key: 'out/r.part_00001' })],
    ['parts.1.token', withToken({ key: '../../etc/passwd' })],
    ['parts.1.uri', withPart({ uri: 's3://home/else.part_00001.gz' })],
    ['uri', withExport({ uri: 'nowhere' })],
    ['uri', withExport({ uri: 'file://host/x' })],
    ['uri', withExport({ uri: 's3://home' })],
    ['uri: the store reads it as file:///home/out/r', withExport({ uri: 'file:///home/out/../out/r' })],
    ['the object', 'text'],
  ])('%s: %j', async (field, ledger) => {
    await expect(read(ledger)).rejects.toMatchObject({
      code: 'RUN_RECORD_INVALID',
      hint: expect.any(String),
      message: expect.stringContaining(field),
    })
  })

  test('a reader stops at the largest size of a ledger', async () => {
    const { store, put } = await home()
    await put(KEY, '')
    const endless: Store = new Proxy(store, {
      get(target, property) {
        if (property === 'open')
          return async () =>
            (async function* () {
              for (;;) yield Buffer.alloc(64 * 1024 * 1024)
            })()
        const value = Reflect.get(target, property)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const reading = exportsOfVersion1(endless, 'home', RECORD_1)
    await expect(reading).rejects.toThrow(/larger than 268435456 bytes/)
  })
})

test('the parser reads any JSON or fails with RUN_RECORD_INVALID', async () => {
  const { store, put } = await home()
  const fields = fc.constantFrom(...Object.keys(EXPORT), '__proto__')
  const hostile = fc
    .tuple(fields, fc.jsonValue())
    .map(([field, value]) => withExport(JSON.parse(`{${JSON.stringify(field)}:${JSON.stringify(value)}}`)))
  let ledgers = 0
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), hostile), async value => {
      await put(KEY, JSON.stringify(value))
      const found = await exportsOfVersion1(store, 'home', RECORD_1).catch(thrown => thrown)
      if (found instanceof Error) expect(found).toMatchObject({ code: 'RUN_RECORD_INVALID' })
      else
        for (const stored of found) {
          ledgers++
          expect(await stored.staged()).toMatchObject({ rows: 20, bytes: 200 })
        }
    }),
    { numRuns: cases(200) },
  )
  expect(ledgers).toBeGreaterThan(3)
})

const token = (part: number): StageToken => ({
  kind: 's3',
  bucket: 'home',
  key: `out/r.part_0000${part}`,
  owner: ID,
  handle: `handle-${part}`,
})
const PAGE = { version: 1, attempt: 1, uri: EXPORT.uri, tokens: [token(0)] }
const pageKey = (page: number) => `runs/${ID}/staging-0001-000${page}.json`

test('an export that only began has the tokens of all its pages', async () => {
  const { store, put } = await home()
  await put(pageKey(1), JSON.stringify(PAGE))
  await put(pageKey(2), JSON.stringify({ ...PAGE, tokens: [token(1), token(2)] }))
  await put(pageKey(3), JSON.stringify({ ...PAGE, uri: 's3://home/out/other' }))
  const begun = await exportsOfVersion1(store, 'home', RECORD_1)
  expect(begun.map(({ state, of }) => [state, of.number])).toEqual([
    ['BEGUN', 1],
    ['BEGUN', 2],
  ])
  expect(await begun[0]?.tokens()).toEqual([token(0), token(1), token(2)])
  expect(await begun[1]?.begun()).toMatchObject({ uri: 's3://home/out/other', mode: 'streamed' })
})

test.each([
  ['no JSON', 'x', /not JSON/],
  ['another attempt', JSON.stringify({ ...PAGE, attempt: 7 }), /attempt 7/],
  [
    'a token of another run',
    JSON.stringify({ ...PAGE, tokens: [{ ...token(0), owner: 'r2' }] }),
    /owner: not run r1/,
  ],
  ['a newer version', JSON.stringify({ version: 2 }), /version 2/],
  ['a large one', 'x'.repeat(2_000_000), /larger than/],
])('the parser refuses a page that batchquery did not write: %s', async (_name, text, message) => {
  const { store, put } = await home()
  await put(pageKey(1), text)
  await expect(exportsOfVersion1(store, 'home', RECORD_1)).rejects.toMatchObject({
    code: 'RUN_RECORD_INVALID',
    message: expect.stringMatching(message),
  })
})
