import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeLimits } from '../src/process/limits.ts'

const run = promisify(execFile)
const SIZES = { cores: 0.25, megabytes: 512 }

/** A replacement of /sys/fs/cgroup, with plain files instead of the kernel's. */
let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'batchquery-cgroup-'))
})
afterEach(() => rm(root, { recursive: true }))

const text = (...path: string[]) => readFile(join(root, ...path), 'utf8')

test('version 2 has one group, whose controllers are enabled first', async () => {
  await writeFile(join(root, 'cgroup.controllers'), 'cpu memory pids\n')
  await writeFile(join(root, 'cgroup.subtree_control'), 'pids memory\n')
  await makeLimits('some', SIZES, root)
  expect(await text('cgroup.subtree_control')).toBe('+cpu')
  expect(await text('some/cpu.max')).toBe('25000 100000')
  expect(await text('some/memory.max')).toBe(`${512 * 1024 * 1024}`)
})

test('version 1 has a group in each hierarchy', async () => {
  for (const name of ['cpu', 'memory']) await mkdir(join(root, name))
  await makeLimits('some', SIZES, root)
  expect(await text('cpu/some/cpu.cfs_quota_us')).toBe('25000')
  expect(await text('cpu/some/cpu.cfs_period_us')).toBe('100000')
  expect(await text('memory/some/memory.limit_in_bytes')).toBe(`${512 * 1024 * 1024}`)
})

test('the command joins the groups before it starts, with its arguments unchanged', async () => {
  for (const name of ['cpu', 'memory']) await mkdir(join(root, name))
  const limits = await makeLimits('some', SIZES, root)
  const [program = '', ...args] = limits.around(['sh', '-c', 'echo "$$ $1"', 'x', 'two words'])
  const { stdout } = await run(program, args)
  const pid = (await text('cpu/some/cgroup.procs')).trim()
  expect(stdout).toBe(`${pid} two words\n`)
  expect(await text('memory/some/cgroup.procs')).toBe(`${pid}\n`)
})

test('no group remains when only a part can be created', async () => {
  await mkdir(join(root, 'cpu'))
  await expect(makeLimits('some', SIZES, root)).rejects.toThrow('ENOENT')
  await expect(stat(join(root, 'cpu/some'))).rejects.toThrow('ENOENT')
})

test('makeLimits fails when there are no control groups', async () => {
  await expect(makeLimits('some', SIZES, root)).rejects.toThrow('ENOENT')
  await expect(stat(join(root, 'some'))).rejects.toThrow('ENOENT')
})
