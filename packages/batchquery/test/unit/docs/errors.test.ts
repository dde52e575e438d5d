import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../../../..')

test('docs/errors.md matches the code', async () => {
  const { stdout } = await execa(process.execPath, [join(ROOT, 'scripts/docs/errors.mjs')])
  expect(await readFile(join(ROOT, 'docs/errors.md'), 'utf8')).toBe(`${stdout}\n`)
})
