import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { DirectoryStore, type StageToken } from '../../../src/store/index.ts'
import { cases } from '../../setup/chance.ts'
import { survive } from './attack.ts'
import { ADDRESSES } from './corpus.ts'
import { hostileText } from './mutation.ts'

const touched = vi.hoisted(() => new Set<string>())

/** The real functions. They record every path argument. */
vi.mock('node:fs/promises', async importOriginal => {
  const real = await importOriginal<typeof import('node:fs/promises')>()
  const remember =
    <Args extends readonly unknown[], Result>(call: (...args: Args) => Result, paths = 1) =>
    (...args: Args): Result => {
      for (const argument of args.slice(0, paths)) if (typeof argument === 'string') touched.add(argument)
      return call(...args)
    }
  const { lstat, link, mkdir, open, readdir, rename, rm, rmdir } = real
  return {
    ...real,
    lstat: remember(lstat),
    link: remember(link, 2),
    mkdir: remember(mkdir),
    open: remember(open),
    readdir: remember(readdir),
    rename: remember(rename, 2),
    rm: remember(rm),
    rmdir: remember(rmdir),
  }
})

const FOREIGN = 'of another user'
const BUCKET = 'b'
const STAGING = '.batchquery-staging'
const OWN_NAMES = /^(?:\.batchquery-now-[0-9a-f]{16}|\.batchquery-staging)$/
/** The staging process, a random part, and the name. */
const STAGED_NAME = /^(?:~|[\w.-]{1,64})\.[0-9a-f]{16}(?:\.|\+\d{1,3}\+[\w-]{1,104}\+)[\w.-]{1,64}$/

let home: string
let root: string
let outside: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'batchquery-hostile-'))
  root = join(home, 'root')
  outside = join(home, 'outside')
  for (const folder of [join(root, BUCKET), outside]) await mkdir(folder, { recursive: true })
  await writeFile(join(outside, 'secret'), FOREIGN)
  await symlink(outside, join(root, BUCKET, 'link'))
  await symlink(join(outside, 'secret'), join(root, BUCKET, 'secret'))
  await symlink(outside, join(root, 'linked-bucket'))
})

afterAll(() => rm(home, { recursive: true, force: true }))

const key = hostileText([...ADDRESSES.corpus, 'link/secret', 'secret', 'a/b/c'], ADDRESSES.pieces)
const bucket = fc.oneof(
  { weight: 4, arbitrary: fc.constant(BUCKET) },
  { weight: 1, arbitrary: fc.constantFrom('linked-bucket', STAGING, '..', '.', 'b/link', '/etc') },
  { weight: 1, arbitrary: hostileText([BUCKET], ADDRESSES.pieces) },
)
const token: fc.Arbitrary<StageToken> = fc.record({
  kind: fc.constant('directory'),
  bucket,
  key,
  owner: fc.oneof(fc.constantFrom('run-1', '..', 'create'), key),
  handle: fc.oneof(
    key,
    fc.constantFrom('x:1:1', '../../outside/secret:1:1', 'run-1.0123456789abcdef.secret:1:1'),
  ),
})

/** The part of a path below the root. Throws if it leads outside. */
function expectInside(path: string): void {
  if (path === root) return
  expect(resolve(path), 'a path with ., .. or empty parts').toBe(path)
  expect(path.startsWith(`${root}/`), `${path} is outside`).toBe(true)
  const [, inBucket, ...deeper] = path.slice(root.length + 1).split('/')
  if (inBucket !== STAGING) return
  expect(deeper.length).toBeLessThanOrEqual(1)
  for (const name of deeper) expect(name).toMatch(STAGED_NAME)
}

test('the store touches only paths below the root, and no object of the staging folder, for any address', async () => {
  const store = new DirectoryStore(root)
  const bytes = Buffer.from('ours')
  const seen: string[] = []
  const read = async (chunks: AsyncIterable<Uint8Array> | null) => {
    for await (const chunk of chunks ?? []) seen.push(Buffer.from(chunk).toString())
  }
  await fc.assert(
    fc.asyncProperty(bucket, key, token, async (bucket, key, token) => {
      touched.clear()
      const address = { bucket, key }
      const operations = [
        () => store.create(address, bytes),
        () => store.put(address, bytes),
        async () => seen.push(`${(await store.read(address))?.bytes ?? ''}`),
        async () => read(await store.open(address, 0)),
        () => store.head(address),
        async () => {
          for await (const info of store.list(bucket, key)) seen.push(info.key)
        },
        async () => store.abort((await store.stage(address, token.owner)).token),
        () => store.commit(token, 4, false),
        () => store.inspect(token, 4),
        () => store.abort(token),
        () => store.delete(address),
      ]
      for (const operation of operations) {
        const outcome = await operation().then(
          () => null,
          (thrown: unknown) => ({ thrown }),
        )
        if (outcome !== null)
          survive(() => {
            throw outcome.thrown
          })
      }
      for (const path of touched) expectInside(path)
    }),
    { numRuns: cases(250) },
  )
  expect(seen).not.toContain(FOREIGN)
  expect(await readdir(outside)).toEqual(['secret'])
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe(FOREIGN)
  const remaining = await readdir(root)
  expect(remaining.filter(name => OWN_NAMES.test(name) && name !== STAGING)).toEqual([])
})
