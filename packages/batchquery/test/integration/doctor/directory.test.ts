import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DirectoryStore } from '../../../src/store/index.ts'
import { roomLimits } from '../../unit/store/directory/little-room.ts'
import { failed, figures, freshFolder, look } from './looking.ts'

test('all checks pass, and an embedded database is opened without a trace', async () => {
  const folder = await freshFolder()
  const reports = await look({ database: `duckdb:${join(folder, 'sub/db01.duckdb')}` })
  expect(failed(reports)).toEqual([])
  expect(figures(reports)).toMatchObject({
    'database.login': expect.stringMatching(/^duckdb v\S+; the first run creates its file$/),
    'store.room': expect.stringMatching(/ free$/),
    'store.replace': expect.stringContaining('this store has no such condition'),
    export: expect.stringMatching(/^1 row, 13 bytes/),
  })
  expect(await readdir(folder)).toEqual([])
})

test('doctor keeps the objects of the store', async () => {
  const root = await freshFolder()
  await mkdir(join(root, 'b/output'), { recursive: true })
  await writeFile(join(root, 'b/output/result.part_00000'), '1\n')
  expect(failed(await look({ store: new DirectoryStore(root) }))).toEqual([])
  expect(await readdir(root, { recursive: true })).toEqual(['b', 'b/output', 'b/output/result.part_00000'])
})

test('an embedded database in a folder that cannot be made', async () => {
  const folder = await freshFolder()
  await writeFile(join(folder, 'file'), '')
  const reports = await look({ database: `duckdb:${join(folder, 'file/db01.duckdb')}` })
  expect(failed(reports)).toEqual(['database.login'])
})

test('a file that is not a database', async () => {
  const file = join(await freshFolder(), 'db01.duckdb')
  await writeFile(file, 'nonsense')
  const reports = await look({ database: `duckdb:${file}` })
  expect(failed(reports)).toEqual(['database.login'])
  expect(reports.get('database.login')?.error).toMatchObject({ code: 'CONFIG' })
})

test('a store that is a file', async () => {
  const root = join(await freshFolder(), 'file')
  await writeFile(root, '')
  const reports = await look({ store: new DirectoryStore(root) })
  expect(failed(reports)).toContain('store.clock')
  expect(failed(reports)).toContain('store.write')
})

test.each(roomLimits())('a directory without room (%s)', async (_, limit) => {
  const root = await freshFolder()
  limit(root)
  const reports = await look({ store: new DirectoryStore(root) })
  const [first = ''] = failed(reports)
  expect(reports.get(first)?.error).toMatchObject({
    code: 'STORE_FULL',
    hint: expect.stringContaining('Make room on this filesystem'),
  })
  expect(await readdir(root)).toEqual([])
})

const small = roomLimits().find(([name]) => name === 'a small filesystem')?.[1]

test.runIf(small !== undefined)('a bucket on two filesystems', async () => {
  const root = await freshFolder()
  await mkdir(join(root, 'b/output'), { recursive: true })
  small?.(join(root, 'b/output'))
  const reports = await look({ store: new DirectoryStore(root) })
  expect(failed(reports)).toEqual(['store.write'])
  expect(reports.get('store.write')?.error).toMatchObject({
    code: 'STORE_FAILED',
    hint: expect.stringContaining('A bucket must be on one filesystem'),
  })
})
