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

// pg tries to load its native sibling, and works without it. The proxy agent does the same with a login that is not
// offered, and with its log.
test('the programs load only themselves, Node, DuckDB and esbuild', async () => {
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

// The schemas of EC2 alone are a megabyte.
test('the programs contain only the used parts of the SDK', async () => {
  const [name = ''] = (await readdir(programs)).filter(file => /^ec2-commands-\w+\.js$/.test(file))
  expect((await stat(join(programs, name))).size).toBeLessThan(150_000)
})

test('the notices name every package in the programs with its license', async () => {
  const [notices] = await textsOf('.txt')
  const maps: { sources: string[] }[] = (await textsOf('.map')).map(text => JSON.parse(text))
  const packages = maps
    .flatMap(({ sources }) => sources)
    .flatMap(source => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [])
  expect(packages).toContain('mysql2')
  const named = [...notices.matchAll(/^(\S+) \d+\.\d+\.\d+\S*$/gm)].map(([, name]) => name)
  // The page of the console has no source map.
  expect(named.sort()).toEqual([...new Set([...packages, 'preact', 'uplot'])].sort())
  expect(notices).toMatch(/^mysql2 3\.\d+\.\d+\n+Copyright \(c\) 2016 Andrey Sidorov/m)
  expect(notices).toContain('Apache License')
})
