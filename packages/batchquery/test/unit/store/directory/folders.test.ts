import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DirectoryStore, type Store } from '../../../../src/store/index.ts'
import { at, BYTES, newRoot, OPERATIONS, STAGING, stage, tree } from './fixture.ts'

describe('a symbolic link', () => {
  /** A store, and next to it a folder `outside` with a file. The link is below the root, at `place`. */
  const linked = async (place: string, target: string): Promise<{ store: Store; outside: string }> => {
    const home = await newRoot()
    const outside = join(home, 'outside')
    await mkdir(join(outside, 'empty'), { recursive: true })
    await writeFile(join(outside, 'secret'), 'secret')
    const path = join(home, 'root', place)
    await mkdir(dirname(path), { recursive: true })
    await symlink(relative(dirname(path), join(home, target)) || '.', path)
    return { store: new DirectoryStore(join(home, 'root')), outside }
  }
  const untouched = ['empty/', 'secret']

  it.each([
    ['a bucket', 'b', 'outside', 'secret'],
    ['a bucket, to nowhere', 'b', 'nowhere', 'secret'],
    ['a folder', 'b/link', 'outside', 'link/secret'],
    ['a folder, for a deeper key', 'b/link', 'outside', 'link/empty/new'],
    ['a folder, to one inside', 'b/link', 'root/b', 'link/secret'],
  ])('is not followed when it replaces %s', async (_, place, target, key) => {
    const { store, outside } = await linked(place, target)
    for (const [name, operation] of OPERATIONS) {
      await expect(operation(store, key), name).rejects.toMatchObject({
        code: 'PERMISSION',
        message: expect.stringContaining('symbolic link'),
      })
    }
    const handle = `run-1.0123456789abcdef.${basename(key)}:1:1`
    await expect(
      store.abort({ kind: 'directory', ...at(key), owner: 'run-1', handle }),
    ).rejects.toMatchObject({ code: 'PERMISSION' })
    expect(await tree(outside)).toEqual(untouched)
  })

  it('is not read when it replaces an object, and a write replaces the link itself', async () => {
    const { store, outside } = await linked('b/link', 'outside/secret')
    for (const operation of [
      () => store.read(at('link')),
      () => store.head(at('link')),
      () => store.open(at('link'), 0),
    ]) {
      await expect(operation()).rejects.toMatchObject({
        code: 'PERMISSION',
        hint: expect.stringContaining('link'),
      })
    }
    expect(await store.create(at('link'), BYTES)).toBe(false)
    const token = await stage(store, 'link')
    await expect(store.commit(token, 4, true)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' })
    await store.commit(token, 4, false)
    expect((await store.read(at('link')))?.bytes).toEqual(BYTES)
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret')
  })

  it('is not followed when it replaces the staging folder', async () => {
    const { store, outside } = await linked(`b/${STAGING}`, 'outside')
    for (const [name, operation] of OPERATIONS.slice(0, 3)) {
      await expect(operation(store, 'k'), name).rejects.toMatchObject({ code: 'PERMISSION' })
    }
    expect(await tree(outside)).toEqual(untouched)
  })

  it('is not listed', async () => {
    const { store } = await linked('b/link', 'outside')
    await store.put(at('m'), BYTES)
    for await (const { key } of store.list('b', '')) expect(key).toBe('m')
    await expect(store.list('b', 'link/')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'PERMISSION',
    })
  })

  it('may be the root', async () => {
    const root = await newRoot()
    await mkdir(join(root, 'real'))
    await symlink('real', join(root, 'link'))
    const store = new DirectoryStore(join(root, 'link'))
    await store.commit(await stage(store, 'a/k'), 4, true)
    expect(await tree(join(root, 'real'))).toEqual(['b/', 'b/a/', 'b/a/k'])
  })
})
