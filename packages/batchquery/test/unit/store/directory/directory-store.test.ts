import { execFileSync } from 'node:child_process'
import { chmod, lstat, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DirectoryStore, type Store } from '../../../../src/store/index.ts'
import { at, BYTES, fileOf, newRoot, OPERATIONS, openFilesBelow, STAGING, stage, tree } from './fixture.ts'
import { roomLimits } from './little-room.ts'

describe('a directory store leaves on disk', () => {
  it('only the object after a commit, a create and a put', async () => {
    const root = await newRoot()
    const store = new DirectoryStore(join(root, 'not', 'yet'))
    const token = await stage(store, 'output/result')
    expect(await tree(root)).toEqual([
      'not/',
      'not/yet/',
      'not/yet/b/',
      `not/yet/b/${STAGING}/`,
      `not/yet/b/${STAGING}/${fileOf(token)}`,
    ])
    expect(fileOf(token)).toMatch(/^run-1\.[0-9a-f]{16}\+2\+[\w-]{12}\+result$/)
    await store.commit(token, 4, true)
    await store.create(at('output/created'), BYTES)
    await store.create(at('output/created'), BYTES)
    await store.put(at('output/put'), BYTES)
    await store.put(at('output/put'), BYTES)
    expect(await tree(join(root, 'not', 'yet', 'b'))).toEqual([
      'output/',
      'output/created',
      'output/put',
      'output/result',
    ])
    await store.delete(at('output/created'))
    await store.delete(at('output/put'))
    await store.delete(at('output/result'))
    expect(await tree(join(root, 'not', 'yet'))).toEqual(['b/'])
  })

  it.each([
    ['nothing written', async (store: Store) => (await store.stage(at('a/b/c'), 'run-1')).token],
    ['a finished object', (store: Store) => stage(store, 'a/b/c')],
    [
      'a commit that was refused',
      async (store: Store) => {
        const token = await stage(store, 'a/b/c')
        await expect(store.commit(token, 5, true)).rejects.toThrow()
        return token
      },
    ],
    [
      'a write under way',
      async (store: Store) => {
        const staged = await store.stage(at('a/b/c'), 'run-1')
        void staged.write(Buffer.alloc(1_000_000)).catch(() => {})
        return staged.token
      },
    ],
  ])('no file and no folder after the abort of %s', async (_, make) => {
    const root = await newRoot()
    const store = new DirectoryStore(root)
    await store.abort(await make(store))
    expect(await tree(root)).toEqual([])
    expect(openFilesBelow(root)).toEqual([])
  })

  it('none of its files in a folder that has files of others', async () => {
    const root = await newRoot()
    const store = new DirectoryStore(root)
    const [one, two] = [await stage(store, 'a/b/1'), await stage(store, 'a/b/2')]
    await store.put(at('a/theirs'), BYTES)
    await store.abort(one)
    expect(await tree(root)).toEqual([
      'b/',
      `b/${STAGING}/`,
      `b/${STAGING}/${fileOf(two)}`,
      'b/a/',
      'b/a/theirs',
    ])
    await store.abort(two)
    expect(await tree(root)).toEqual(['b/', 'b/a/', 'b/a/theirs'])
  })

  it('nothing when it only read', async () => {
    const root = await newRoot()
    const store = new DirectoryStore(join(root, 'absent'))
    expect(await Promise.all([store.read(at('k')), store.head(at('k')), store.open(at('k'), 0)])).toEqual([
      null,
      null,
      null,
    ])
    for await (const info of store.list('b', '')) expect(info).toBeUndefined()
    await store.delete(at('k'))
    expect(await tree(root)).toEqual([])
  })

  it('a consistent state when other processes create and remove the same folders', async () => {
    const root = await newRoot()
    const worker = async (_: unknown, index: number) => {
      const store = new DirectoryStore(root)
      for (let round = 0; round < 30; round++) {
        const key = `output/day/${index}`
        const token = await stage(store, key)
        if (round % 3 === 0) {
          await store.abort(token)
          continue
        }
        await store.commit(token, 4, round % 3 === 1)
        expect(await store.create(at(key), BYTES)).toBe(false)
        await store.delete(at(key))
      }
    }
    await Promise.all(Array.from({ length: 12 }, worker))
    expect((await tree(root)).filter(path => path !== 'b/')).toEqual([])
  })
})

describe('a write fails', () => {
  it('with PERMISSION when no user may write to the directory', async () => {
    // No user, not even root, can create folders here.
    let root = '/sys/kernel'
    if (process.getuid?.() !== 0) {
      root = await newRoot()
      await chmod(root, 0o555)
    }
    const store = new DirectoryStore(root)
    for (const [name, operation] of OPERATIONS.slice(0, 3)) {
      await expect(operation(store, 'k'), name).rejects.toMatchObject({
        code: 'PERMISSION',
        message: expect.stringContaining(join(root, 'b')),
        hint: expect.stringContaining('writable for the user'),
      })
    }
    await expect(store.now()).rejects.toMatchObject({ code: 'PERMISSION' })
  })

  it('with STORE_FAILED when the root is a file or below one', async () => {
    const root = await newRoot()
    await writeFile(join(root, 'file'), '')
    for (const path of ['file', 'file/below']) {
      const store = new DirectoryStore(join(root, path))
      for (const use of [
        () => store.put(at('k'), BYTES),
        () => store.stage(at('k'), 'run-1'),
        () => store.now(),
      ]) {
        await expect(use()).rejects.toMatchObject({
          code: 'STORE_FAILED',
          message: expect.stringContaining(join(root, path)),
          retryable: false,
        })
      }
    }
  })
})

describe('a write to a full store', () => {
  it.each(roomLimits())('fails with STORE_FULL, and abort leaves nothing (%s)', async (_, limit) => {
    const root = await newRoot()
    limit(root)
    const store = new DirectoryStore(root)
    const staged = await store.stage(at('output/result'), 'run-1')
    await staged.write(Buffer.alloc(700_000))
    const writes = await Promise.allSettled([
      staged.write(Buffer.alloc(700_000)),
      staged.write(Buffer.alloc(700_000)),
    ])
    const full = {
      code: 'STORE_FULL',
      message: expect.stringMatching(`write s3://b/output/result in the directory ${root}: E(NOSPC|FBIG)`),
      hint: expect.stringContaining('Make room'),
    }
    for (const write of writes) expect(write).toMatchObject({ status: 'rejected', reason: full })
    await expect(staged.write(Buffer.alloc(1))).rejects.toMatchObject(full)
    await expect(staged.finish()).rejects.toMatchObject(full)
    await expect(store.create(at('big'), Buffer.alloc(2_000_000))).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    await store.abort(staged.token)
    expect(await tree(root)).toEqual([])
    expect(openFilesBelow(root)).toEqual([])
  })
})

describe('a path that is not an object', () => {
  it('is neither read nor listed', async () => {
    const root = await newRoot()
    const store = new DirectoryStore(root)
    await store.put(at('folder/object'), BYTES)
    execFileSync('mkfifo', [join(root, 'b', 'pipe')])
    await writeFile(
      Buffer.concat([Buffer.from(join(root, 'b/')), Buffer.of(0xff, 0x41)]),
      'a name that is not UTF-8',
    )
    for (const key of ['folder', 'pipe']) {
      expect(await store.read(at(key))).toBeNull()
      expect(await store.head(at(key))).toBeNull()
      await store.delete(at(key))
      expect(await store.head(at('folder/object'))).not.toBeNull()
    }
    for await (const { key } of store.list('b', '')) expect(key).toBe('folder/object')
    expect((await lstat(join(root, 'b', 'pipe'))).isFIFO()).toBe(true)
    expect(openFilesBelow(root)).toEqual([])
  })

  it('is left out of a listing when it vanishes meanwhile', async () => {
    const root = await newRoot()
    const store = new DirectoryStore(root)
    for (const key of ['a', 'b', 'c/1', 'd']) await store.put(at(key), BYTES)
    const seen: string[] = []
    for await (const { key } of store.list('b', '')) {
      seen.push(key)
      if (key !== 'a') continue
      await rm(join(root, 'b', 'b'))
      await rm(join(root, 'b', 'c'), { recursive: true })
    }
    expect(seen).toEqual(['a', 'd'])
  })
})

it('an object is closed when its reader stops', async () => {
  const root = await newRoot()
  const store = new DirectoryStore(root)
  await store.put(at('log'), Buffer.alloc(3_000_000))
  for await (const chunk of (await store.open(at('log'), 0)) ?? []) {
    expect(chunk.length).toBe(store.chunkBytes())
    break
  }
  expect(openFilesBelow(root)).toEqual([])
})
