import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CodeCache } from '../../../src/start/code-cache.ts'

const PROGRAM = 'batchquery-ABCDEFGH.js'
const CODE = new Map([
  ['a.js', Buffer.from('\n\0code of a')],
  ['b.js', Buffer.alloc(0)],
  ['é.js', Buffer.from([255, 10, 0])],
])

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-code-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const { geteuid } = process
const SURROUNDINGS = { version: 'v1', arch: 'x64', ...(geteuid && { geteuid }) } as const

const cacheIn = (folder: string, program = PROGRAM, command = 'run', surroundings = SURROUNDINGS) =>
  CodeCache.of(program, command, { ...surroundings, env: { NODE_COMPILE_CACHE: folder } })

test('a cache reads the code that another cache of the same program and command wrote', async () => {
  const folder = await freshFolder()
  cacheIn(folder)?.write(CODE)
  expect(cacheIn(folder)?.read()).toEqual(CODE)
  expect(cacheIn(folder, PROGRAM, 'ls')?.read()).toEqual(new Map())
})

test('a cache removes the files of earlier versions of the program when it is written, and no others', async () => {
  const folder = await freshFolder()
  for (const [program, command] of [
    [PROGRAM, 'run'],
    [PROGRAM, 'ls'],
    ['batchquery-task-ABCDEFGH.js', 'run'],
    ['batchquery-NEWER123.js', 'run'],
  ] as const)
    cacheIn(folder, program, command)?.write(CODE)
  expect((await readdir(folder)).sort()).toEqual([
    'batchquery-ls-v1-x64-ABCDEFGH.code',
    'batchquery-run-v1-x64-NEWER123.code',
    'batchquery-task-run-v1-x64-ABCDEFGH.code',
  ])
})

test.each([
  ['is cut', (path: string) => writeFile(path, '[["a.js"')],
  ['is empty', (path: string) => writeFile(path, '')],
  ['can be written by others', (path: string) => chmod(path, 0o622)],
  ['is a folder', (path: string) => rm(path).then(() => mkdir(path))],
])('a cache has no code when its file %s', async (_what, damage) => {
  const folder = await freshFolder()
  cacheIn(folder)?.write(CODE)
  const [name = ''] = await readdir(folder)
  await damage(join(folder, name))
  expect(cacheIn(folder)?.read()).toEqual(new Map())
})

test('a cache has no code when its file belongs to another user', async () => {
  const folder = await freshFolder()
  cacheIn(folder)?.write(CODE)
  const other = { ...SURROUNDINGS, geteuid: () => 12_345 }
  expect(cacheIn(folder, PROGRAM, 'run', other)?.read()).toEqual(new Map())
})

test('a cache that cannot be written leaves no file behind and prints nothing', async () => {
  const folder = await freshFolder()
  await writeFile(join(folder, 'file'), '')
  const cache = cacheIn(join(folder, 'file'))
  cache?.write(CODE)
  expect(cache?.read()).toEqual(new Map())
  expect(await readdir(folder)).toEqual(['file'])
})

test.each([
  [{ HOME: '/home/u', NODE_DISABLE_COMPILE_CACHE: '1' }],
  [{ HOME: '/tmp', BATCHQUERY_EPHEMERAL: '1' }],
  [{}],
])('there is no cache with the environment %j', env => {
  expect(CodeCache.of(PROGRAM, 'run', { ...SURROUNDINGS, env })).toBeNull()
})
