import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test('the runtime package never needs the CDK', async () => {
  const manifest = JSON.parse(
    await readFile(new URL('../../../batchquery/package.json', import.meta.url), 'utf8'),
  )
  const needed = Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  })
  expect(needed.filter(name => /cdk|constructs/.test(name))).toEqual([])
  expect(needed).toContain('@duckdb/node-api')
})
