import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recordedDestination } from '../../../src/export/index.ts'
import { findLedger } from '../../../src/run/ledger.ts'
import { home } from './fixture.ts'

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

/** Reads a ledger as whoever takes over does, with all its checks. */
async function read(ledger: unknown) {
  const { store, put } = await home()
  await put(KEY, JSON.stringify(ledger))
  const found = await findLedger(store, 'home', ID, 1)
  for (const entry of found?.exports ?? []) recordedDestination(entry, store)
  return found
}

test('reads what an attempt wrote, and leaves out what it does not know', async () => {
  expect(await read({ ...withExport({ later: 1 }), later: [] })).toEqual(LEDGER)
  const { store } = await home()
  expect(await findLedger(store, 'home', ID, 1)).toBeNull()
})

describe('a ledger edited by hand is told as such', () => {
  test.each<[field: string, ledger: unknown]>([
    ['version', { ...LEDGER, version: 0 }],
    ['attempt', { ...LEDGER, attempt: 2 }],
    ['exports.0.parts', withExport({ parts: [] })],
    ['exports.0.rows', withExport({ rows: 21 })],
    ['exports.0.bytes', withExport({ bytes: 199 })],
    ['exports.0.isLast', withExport({ isLast: 'yes' })],
    ['exports.0.parts.1.sha256', withPart({ sha256: 'AB'.repeat(32) })],
    ['exports.0.parts.1.bytes', withPart({ bytes: -1 })],
    ['exports.0.parts.1.token.kind', withToken({ kind: 'ftp' })],
    ['exports.0.parts.1.token.owner', withToken({ owner: 'r2' })],
    ['parts.1.token', withToken({ kind: 's3' })],
    ['parts.1.token', withToken({ bucket: 'other' })],
    ['parts.1.token', withToken({ key: 'out/r.part_00002.gz' })],
    ['parts.1.token', withToken({ key: 'out/r.part_00001' })],
    ['parts.1.token', withToken({ key: '../../etc/passwd' })],
    ['parts.1.uri', withPart({ uri: 's3://home/else.part_00001.gz' })],
    ['uri', withExport({ uri: 'nowhere' })],
    ['uri', withExport({ uri: 'file://host/x' })],
    ['uri', withExport({ uri: 's3://home' })],
    ['uri: it means file:///home/out/r', withExport({ uri: 'file:///home/out/../out/r' })],
    ['the whole', 'text'],
  ])('%s: %j', async (field, ledger) => {
    await expect(read(ledger)).rejects.toMatchObject({
      code: 'RUN_RECORD_INVALID',
      hint: expect.any(String),
      message: expect.stringContaining(field),
    })
  })

  test('an object of any size is read no further than a ledger can be long', async () => {
    const { store } = await home()
    const endless = {
      ...store,
      kind: store.kind,
      name: store.name,
      open: async () =>
        (async function* () {
          for (;;) yield Buffer.alloc(64 * 1024 * 1024)
        })(),
    }
    await expect(findLedger(Object.assign(Object.create(store), endless), 'home', ID, 1)).rejects.toThrow(
      /larger than 268435456 bytes/,
    )
  })
})

test('whatever JSON it is: a ledger, or RUN_RECORD_INVALID', async () => {
  const { store, put } = await home()
  const fields = fc.constantFrom(...Object.keys(EXPORT), '__proto__')
  const hostile = fc
    .tuple(fields, fc.jsonValue())
    .map(([field, value]) => withExport(JSON.parse(`{${JSON.stringify(field)}:${JSON.stringify(value)}}`)))
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), hostile), async value => {
      await put(KEY, JSON.stringify(value))
      const found = await findLedger(store, 'home', ID, 1).catch(thrown => thrown)
      if (found instanceof Error) expect(found).toMatchObject({ code: 'RUN_RECORD_INVALID' })
      else expect(found.exports.length).toBeGreaterThanOrEqual(0)
    }),
    { numRuns: 200 },
  )
})
