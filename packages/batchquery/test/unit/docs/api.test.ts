import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../../../..')

test('docs/api.md matches the docstrings', async () => {
  const { stdout } = await execa(process.execPath, [join(ROOT, 'scripts/docs/api.mjs')])
  expect(await readFile(join(ROOT, 'docs/api.md'), 'utf8')).toBe(`${stdout}\n`)
})

test('docs/api.md has every exported name, each with a text or a shape', async () => {
  const text = await readFile(join(ROOT, 'docs/api.md'), 'utf8')
  const names = Object.keys(await import('../../../src/index.ts'))
  const sections = text.split(/^## /m).slice(1)
  const described = sections.map(section => section.slice(0, section.indexOf('\n')))
  expect(described).toEqual(expect.arrayContaining(names))
  for (const section of sections) expect(section.split('\n').length).toBeGreaterThan(3)
})
