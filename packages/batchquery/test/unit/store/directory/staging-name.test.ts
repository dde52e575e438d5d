import { rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stagedKey, stagingName } from '../../../../src/store/directory/staging-name.ts'
import { DirectoryStore, type StageToken } from '../../../../src/store/index.ts'
import { BYTES, fileOf, newRoot, STAGING, stage, tree } from './fixture.ts'

const RANDOM = '0123456789abcdef'
const OWNER = 'run-1'
const nameOf = (key: string) => stagingName(OWNER, RANDOM, key)

describe('the name of a staging file', () => {
  it('is found by each folder of its key, by the beginning of its last segment, and by the whole key', () => {
    const segment = fc.stringMatching(/^[a-zä=%. +-]{1,12}$/)
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 60 }), segments => {
        const key = segments.join('/')
        const name = nameOf(key)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
        expect(stagedKey(name, OWNER, key)).toBe(key)
        for (let depth = 1; depth < segments.length; depth++)
          expect(stagedKey(name, OWNER, `${segments.slice(0, depth).join('/')}/`)).not.toBeNull()
        const begin = [...segments.slice(0, -1), segments.at(-1)?.slice(0, 1)].join('/')
        expect(stagedKey(name, OWNER, begin)).not.toBeNull()
        expect(stagedKey(name, 'run', key)).toBeNull()
      }),
    )
  })

  it('is not found by another folder, or by the beginning of a folder', () => {
    const name = nameOf('out/r/day=1/part_00000')
    for (const prefix of ['out/q/', 'out/r2/', 'out/r/day=2/', 'r/', 'out/r/day', 'out/r', 'out/r/part_'])
      expect(stagedKey(name, OWNER, prefix)).toBeNull()
    for (const prefix of ['', 'out/', 'out/r/', 'out/r/day=1/', 'out/r/day=1/part_'])
      expect(stagedKey(name, OWNER, prefix)).not.toBeNull()
  })

  it('has at most 255 bytes when the owner, the folders and the key are the longest', () => {
    for (const folders of [1, 17, 18, 60, 104, 105, 400]) {
      const key = `${'a/'.repeat(folders)}${'k'.repeat(200)}`
      expect(stagingName('o'.repeat(100), RANDOM, key).length).toBeLessThanOrEqual(255)
    }
  })
})

describe('a directory store', () => {
  const staged = (store: DirectoryStore, prefix: string): Promise<StageToken[]> =>
    Readable.from(store.listStaged('b', prefix, OWNER)).toArray()

  it('aborts what it lists for a folder, and nothing that the owner has staged for another one', async () => {
    const root = await newRoot()
    const store = new DirectoryStore(root)
    await stage(store, 'out/r/day=1/part_00000')
    const other = await stage(store, 'out/q/day=1/part_00000')
    for (const token of await staged(new DirectoryStore(root), 'out/r/')) await store.abort(token)
    expect(await tree(root)).toEqual(['b/', `b/${STAGING}/`, `b/${STAGING}/${fileOf(other)}`])
    await store.commit(other, BYTES.length, true)
    expect(await tree(root)).toEqual([
      'b/',
      'b/out/',
      'b/out/q/',
      'b/out/q/day=1/',
      'b/out/q/day=1/part_00000',
    ])
  })

  it('refuses to commit or inspect with a token that it listed', async () => {
    const store = new DirectoryStore(await newRoot())
    await stage(store, 'out/r/day=1/part_00000')
    const [token] = await staged(store, 'out/r/')
    if (token === undefined) throw new Error('nothing is staged')
    await expect(store.commit(token, BYTES.length, true)).rejects.toMatchObject({ code: 'KEY_INVALID' })
    await expect(store.inspect(token, BYTES.length)).rejects.toMatchObject({ code: 'KEY_INVALID' })
    await store.abort(token)
  })

  it('refuses to abort with a token whose key is in another folder', async () => {
    const store = new DirectoryStore(await newRoot())
    const token = await stage(store, 'out/r/day=1/part_00000')
    for (const key of ['out/q/part_00000', 'out/r/day=2/part_00000', 'out/r/day=1/part_00001'])
      await expect(store.abort({ ...token, key })).rejects.toMatchObject({ code: 'KEY_INVALID' })
    await store.abort(token)
  })

  it('commits, lists and aborts a file that an earlier version has staged', async () => {
    const root = await newRoot()
    const store = new DirectoryStore(root)
    const asEarlier = async (key: string): Promise<StageToken> => {
      const token = await stage(store, key)
      const name = `${OWNER}.${RANDOM}.${key.slice(key.lastIndexOf('/') + 1)}`
      await rename(join(root, 'b', STAGING, fileOf(token)), join(root, 'b', STAGING, name))
      const { ino, birthtimeNs } = await stat(join(root, 'b', STAGING, name), { bigint: true })
      return { ...token, handle: `${name}:${ino}:${birthtimeNs}` }
    }
    const first = await asEarlier('out/r.part_00000')
    expect(await staged(store, 'out/r.part_')).toEqual([first])
    expect(await staged(store, 'out/r/')).toEqual([])
    await store.commit(first, BYTES.length, true)
    expect(await store.inspect(first, BYTES.length)).toBe('committed')
    const second = await asEarlier('out/0123456789abcdef.part_00001')
    await store.abort(second)
    expect(await store.inspect(second, BYTES.length)).toBe('gone')
    await store.abort(first)
    expect(await tree(root)).toEqual(['b/', 'b/out/', 'b/out/r.part_00000'])
  })
})
