import { link, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DirectoryStore, type StageToken, type Store } from '../../../../src/store/index.ts'
import { fileOf, newRoot, STAGING, stage, tree } from './fixture.ts'

describe('when a commit died between link and unlink', () => {
  const died = async (root: string): Promise<{ store: Store; token: StageToken }> => {
    const token = await stage(new DirectoryStore(root), 'output/result')
    await mkdir(join(root, 'b', 'output'))
    await link(join(root, 'b', STAGING, fileOf(token)), join(root, 'b', 'output', 'result'))
    return { store: new DirectoryStore(root), token }
  }
  const done = ['b/', 'b/output/', 'b/output/result']

  it.each([true, false])('the next commit completes it (mustNotExist %s)', async mustNotExist => {
    const root = await newRoot()
    const { store, token } = await died(root)
    expect(await store.inspect(token, 4)).toBe('committed')
    await store.commit(token, 4, mustNotExist)
    expect(await store.inspect(token, 4)).toBe('committed')
    expect(await tree(root)).toEqual(done)
  })

  it('abort leaves the object alone', async () => {
    const root = await newRoot()
    const { store, token } = await died(root)
    await store.abort(token)
    expect(await store.inspect(token, 4)).toBe('committed')
    expect(await tree(root)).toEqual(done)
  })
})

describe('a token from a record', () => {
  it('names one file: not another inode, and not a later file with the same inode', async () => {
    const store = new DirectoryStore(await newRoot())
    const token = await stage(store, 'result')
    await store.commit(token, 4, true)
    const [name, inode, born] = token.handle.split(':')
    for (const handle of [`${name}:${inode}1:${born}`, `${name}:${inode}:${born}1`]) {
      expect(await store.inspect({ ...token, handle }, 4)).toBe('gone')
      await expect(store.commit({ ...token, handle }, 4, false)).rejects.toMatchObject({
        code: 'VERIFICATION',
      })
    }
    expect(await store.inspect(token, 4)).toBe('committed')
  })

  it.each([
    ['another folder', { handle: '../run.0123456789abcdef.x:1:1' }],
    ['a path', { handle: '/etc/run.0123456789abcdef.x:1:1' }],
    ['a parent', { handle: '..:1:1' }],
    ['no inode', { handle: 'run.0123456789abcdef.x' }],
    ['two lines', { handle: 'run.0123456789abcdef.x:1:1\n' }],
    ['nothing', { handle: '' }],
    ["another store's", { kind: 's3' as const }],
    ['another bucket', { bucket: '..' }],
    ['another key', { key: '../../k' }],
  ])('is refused when it has %s', async (_, change) => {
    const root = await newRoot()
    const store = new DirectoryStore(root)
    const staged = await stage(store, 'result')
    const before = await tree(root)
    const token = { ...staged, ...change }
    for (const use of [
      () => store.inspect(token, 4),
      () => store.commit(token, 4, false),
      () => store.abort(token),
    ]) {
      await expect(use()).rejects.toMatchObject({ code: 'KEY_INVALID', hint: expect.any(String) })
    }
    expect(await tree(root)).toEqual(before)
  })
})
