import { describe, expect, it } from 'vitest'
import { DirectoryStore } from '../../../../src/store/index.ts'
import { at, BYTES, newRoot, OPERATIONS, STAGING, stage, tree } from './fixture.ts'

const literally = (text: string): string => text.replace(/[\\.]/g, '\\$&')

describe('a directory refuses', () => {
  it.each([
    ['/a', 'empty part'],
    ['a/', 'empty part'],
    ['a//b', 'empty part'],
    ['.', '"."'],
    ['a/./b', '"."'],
    ['../b/k', '".."'],
    ['a/..', '".."'],
    ['a\0b', 'NUL'],
    [`a/${'é'.repeat(128)}`, '256 bytes'],
    [STAGING, "store's own"],
    [`${STAGING}/x`, "store's own"],
  ])('the key %j', async (key, reason) => {
    const store = new DirectoryStore(await newRoot())
    for (const [, operation] of OPERATIONS) {
      await expect(operation(store, key)).rejects.toMatchObject({
        code: 'KEY_INVALID',
        message: expect.stringMatching(`${literally(JSON.stringify(key))}.*${reason}`),
      })
    }
  })

  it.each(['', '.', '..', 'a/b', '/', 'a\0', 'x'.repeat(256), '\ud83d'])('the bucket %j', async bucket => {
    const store = new DirectoryStore(await newRoot())
    const refused = {
      code: 'KEY_INVALID',
      message: expect.stringContaining(`the bucket ${JSON.stringify(bucket)}`),
    }
    await expect(store.put({ bucket, key: 'k' }, BYTES)).rejects.toMatchObject(refused)
    await expect(store.list(bucket, '')[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused)
  })

  it('no other bucket', async () => {
    const store = new DirectoryStore(await newRoot())
    for (const bucket of ['A', 'my bucket', '.hidden', '報告', STAGING, 'x'.repeat(255)]) {
      await store.put({ bucket, key: 'k' }, BYTES)
      expect((await store.head({ bucket, key: 'k' }))?.bytes).toBe(4)
    }
  })

  it('a key that begins another key, and the reverse, as early as possible', async () => {
    const root = await newRoot()
    const store = new DirectoryStore(root)
    await store.put(at('a/b'), BYTES)
    const late = await stage(store, 'c')
    const later = await stage(store, 'a/b2/c')
    await store.put(at('c/d'), BYTES)
    await store.put(at('a/b2'), BYTES)
    const refused = { code: 'KEY_INVALID', hint: expect.stringContaining('"a" and a key "a/b"') }
    for (const key of ['a', 'a/b/c', 'a/b/c/d']) {
      await expect(store.stage(at(key), 'run-1')).rejects.toMatchObject(refused)
      await expect(store.create(at(key), BYTES)).rejects.toMatchObject(refused)
      await expect(store.put(at(key), BYTES)).rejects.toMatchObject(refused)
    }
    for (const token of [late, later]) {
      await expect(store.commit(token, 4, true)).rejects.toMatchObject(refused)
      await expect(store.commit(token, 4, false)).rejects.toMatchObject(refused)
      await store.abort(token)
    }
    expect(await tree(root)).toEqual(['b/', 'b/a/', 'b/a/b', 'b/a/b2', 'b/c/', 'b/c/d'])
  })
})
