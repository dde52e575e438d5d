import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DirectoryStore } from '../../../../src/store/index.ts'
import { at, newRoot, STAGING, stage, tree } from './fixture.ts'

const HOUR_AGO = new Date(Date.now() - 3_600_000)

test('a write removes leftovers of killed processes', async () => {
  const root = await newRoot()
  const folder = join(root, 'b', STAGING)
  await mkdir(folder, { recursive: true })
  const staged = await stage(new DirectoryStore(root), 'out/r.part_00000')
  const stale = ['~.0123456789abcdef.run.json', '~.0123456789abcdee.log-0001.txt']
  const others = ['~.0123456789abcded.run.json', 'put.0123456789abcdef.r.part_00000']
  for (const name of [...stale, ...others]) await writeFile(join(folder, name), 'x')
  const [staging = ''] = staged.handle.split(':')
  for (const name of [...stale, 'put.0123456789abcdef.r.part_00000', staging])
    await utimes(join(folder, name), HOUR_AGO, HOUR_AGO)
  await new DirectoryStore(root).put(at('run.json'), Buffer.from('{}'))
  expect((await readdir(folder)).sort()).toEqual([staging, ...others].sort())
})

test('now() removes the clock file of a killed process', async () => {
  const root = await newRoot()
  const [old, young] = ['.batchquery-now-0123456789abcdef', '.batchquery-now-0123456789abcdee']
  for (const name of [old, young]) await writeFile(join(root, name), '')
  await utimes(join(root, old), HOUR_AGO, HOUR_AGO)
  await new DirectoryStore(root).now()
  expect(await tree(root)).toEqual([young])
})

test('tidy removes leftovers of killed processes, and writes nothing', async () => {
  const root = await newRoot()
  const folder = join(root, 'b', STAGING)
  await mkdir(folder, { recursive: true })
  const [old, young] = ['~.0123456789abcdef.run.json', '~.0123456789abcdee.run.json']
  for (const name of [old, young]) await writeFile(join(folder, name), 'x')
  await utimes(join(folder, old), HOUR_AGO, HOUR_AGO)
  const store = new DirectoryStore(root)
  await store.tidy('b')
  expect(await readdir(folder)).toEqual([young])
  await utimes(join(folder, young), HOUR_AGO, HOUR_AGO)
  await store.tidy('b')
  expect(await tree(root)).toEqual(['b/'])
  // It creates no folder, not even the root.
  await new DirectoryStore(join(root, 'nowhere')).tidy('b')
  expect(await tree(root)).toEqual(['b/'])
})
