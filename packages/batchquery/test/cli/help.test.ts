import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/commands/index.ts'
import { TOPICS } from '../../src/platform/manual.ts'
import { Workspace } from './workspace.ts'

test.each([...TOPICS.keys()])('help %s prints a page that fits 80 columns', async topic => {
  const workspace = await Workspace.create()
  const { code, stdout, stderr } = await workspace.run(['help', topic])
  expect(code, stderr).toBe(0)
  // Code stays as it is.
  const sentences = stdout.split('\n').filter(line => !line.startsWith('      '))
  expect(sentences.length).toBeGreaterThan(10)
  expect(sentences.filter(line => line.length > 80 && line.trim().includes(' '))).toEqual([])
})

test('help lists every command and every page', async () => {
  const { stdout } = await (await Workspace.create()).run(['help'])
  for (const name of [...COMMANDS.map(command => command.name), ...TOPICS.keys()])
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
})
