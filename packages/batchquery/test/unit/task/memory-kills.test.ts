import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { countMemoryKills } from '../../../src/task/script/memory-kills.ts'

test.each([
  ['cgroup v2', 'low 0\nhigh 0\nmax 33\noom 2\noom_kill 1\noom_group_kill 0\n', 1],
  ['cgroup v1', 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n', 3],
  ['a kernel that does not count', 'oom_kill_disable 0\nunder_oom 0\n', null],
])('the counter reads the kills of %s', async (_, text, count) => {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-kills-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'events')
  await writeFile(file, text)
  expect(await countMemoryKills([join(folder, 'missing'), file])).toBe(count)
})
