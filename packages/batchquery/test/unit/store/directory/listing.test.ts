import fs from 'node:fs/promises'
import { relative } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { DirectoryStore } from '../../../../src/store/index.ts'
import { newRoot } from './fixture.ts'

// The real functions, with counters.
vi.mock(import('node:fs/promises'), { spy: true })

let root = ''
let store = new DirectoryStore('/nowhere')
beforeEach(async () => {
  root = await newRoot()
  store = new DirectoryStore(root)
})

/** The first keys of a listing, the folders that it read for them, and how many files it looked at. */
async function first(count: number, prefix: string, startAfter?: string) {
  vi.mocked(fs.readdir).mockClear()
  vi.mocked(fs.lstat).mockClear()
  const keys: string[] = []
  for await (const { key } of store.list('b', prefix, startAfter)) if (keys.push(key) === count) break
  const folders = vi.mocked(fs.readdir).mock.calls.map(([path]) => relative(root, String(path)))
  const looks = vi.mocked(fs.lstat).mock.calls.map(([path]) => relative(root, String(path)))
  return { keys, folders, looks: looks.filter(path => path.includes('file')) }
}

test('a listing reads a folder when the iteration reaches it', async () => {
  for (const key of ['i/d1/file-a', 'i/d1-/file-a', 'i/d2/file-a', 'i/d2/file-b', 'i/d3/file-a', 'i/8_file'])
    await store.put({ bucket: 'b', key }, Buffer.of(1))
  expect(await first(1, 'i/d')).toMatchObject({ keys: ['i/d1-/file-a'], folders: ['b/i', 'b/i/d1-'] })
  expect(await first(3, 'i/d')).toMatchObject({
    keys: ['i/d1-/file-a', 'i/d1/file-a', 'i/d2/file-a'],
    folders: ['b/i', 'b/i/d1-', 'b/i/d1', 'b/i/d2'],
  })
  expect(await first(1, 'i/d', 'i/d2/file-a')).toMatchObject({
    keys: ['i/d2/file-b'],
    folders: ['b/i', 'b/i/d2'],
  })
  expect(await first(9, 'i/', 'i/d3')).toMatchObject({ keys: ['i/d3/file-a'], folders: ['b/i', 'b/i/d3'] })
  expect(await first(9, 'i/8')).toMatchObject({ keys: ['i/8_file'], folders: ['b/i'] })
})

test('a listing looks at no more than twice the files that it yields, and 64 at a time', async () => {
  const names = Array.from({ length: 300 }, (_, at) => `file-${String(at).padStart(3, '0')}`)
  for (const name of names) await store.put({ bucket: 'b', key: name }, Buffer.of(1))
  for (const count of [1, 2, 3, 20, 100, 300]) {
    const { keys, looks } = await first(count, '')
    expect(keys).toEqual(names.slice(0, count))
    expect(looks.length).toBeLessThanOrEqual(Math.min(2 * count, count + 64))
  }
})
