import { readdir, readFile, stat } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const programs = join(import.meta.dirname, '../../../dist/programs')

async function textsOf(extension: string): Promise<string[]> {
  const files = (await readdir(programs)).filter(name => name.endsWith(extension))
  expect(files.length).toBeGreaterThan(0)
  return Promise.all(files.map(name => readFile(join(programs, name), 'utf8')))
}

// pg asks for its native sibling in a try, and does without; so do the agent of proxies, for a login that is not offered, and its log.
test('the programs need nothing but themselves, Node, DuckDB and esbuild', async () => {
  const asked = (await textsOf('.js')).flatMap(text =>
    Array.from(
      text.matchAll(/^[^`]*?\b(?:import|require|__require\d*)\)?\("([^"\n]+)"/gm),
      ([, name]) => name,
    ),
  )
  expect(asked.filter(name => name.startsWith('./')).length).toBeGreaterThan(0)
  const foreign = asked.filter(name => !name.startsWith('./') && !isBuiltin(name))
  expect([...new Set(foreign)].sort()).toEqual([
    '@duckdb/node-api',
    'esbuild',
    'kerberos',
    'pg-native',
    'supports-color',
  ])
})

// The schemas of all of EC2 are a megabyte.
test('of the SDK they have what is used', async () => {
  const [name = ''] = (await readdir(programs)).filter(file => /^ec2-commands-\w+\.js$/.test(file))
  expect((await stat(join(programs, name))).size).toBeLessThan(150_000)
})

test('every package that is in them is named with its licence', async () => {
  const [notices] = await textsOf('.txt')
  const maps: { sources: string[] }[] = (await textsOf('.map')).map(text => JSON.parse(text))
  const packages = maps
    .flatMap(({ sources }) => sources)
    .flatMap(source => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [])
  expect(packages).toContain('mysql2')
  const named = [...notices.matchAll(/^(\S+) \d+\.\d+\.\d+\S*$/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual([...new Set(packages)].sort())
  expect(notices).toMatch(/^mysql2 3\.\d+\.\d+\n+Copyright \(c\) 2016 Andrey Sidorov/m)
  expect(notices).toContain('Apache License')
})
