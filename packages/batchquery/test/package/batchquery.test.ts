import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Installation, NODES } from './installation.ts'

/** Each block of a language in a document. */
const blocksOf = (document: string, language: string): string[] =>
  [...document.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, text]) =>
    name === language ? text : [],
  )

test.for(NODES)('batchquery runs when npm installs its tarball with Node %i', async node => {
  const installed = await Installation.create('batchquery', node)
  const { version } = JSON.parse(await installed.read('package.json'))
  expect(await installed.shell('npx --no-install batchquery --version')).toBe(version)
  expect(await installed.shell('batchquery version')).toContain(`(node v${node}.`)
  expect(await installed.shell("batchquery query 'SELECT 42 AS x' -d duckdb::memory: --format csv")).toBe(
    'x\n42',
  )
  expect(await installed.shell('batchquery help exit-codes')).toMatch(/\b130\b/)
  expect(await installed.shell('batchquery help sql-tasks')).toContain('INTO OUTFILE S3')

  const readme = await installed.read('README.md')
  const [sample = '', ...otherSamples] = blocksOf(readme, 'sh')
  expect(otherSamples).toEqual([])
  expect(await installed.shell(sample)).toMatch(
    /orders\.part_00000\.parquet\t1000 rows[\s\S]*ok [\s\S]*1498\.5/,
  )

  const [program = '', ...otherPrograms] = blocksOf(readme, 'ts')
  expect(otherPrograms).toEqual([])
  await installed.run(program)
  expect(await installed.shell('cat .batchquery/store/reports/output/numbers.part_00000')).toMatch(
    /^0\n1\n[\s\S]*9$/,
  )
  // A task in TypeScript needs esbuild, whose own install script npm may refuse to run.
  await installed.write(
    'task.ts',
    `const answer: number = 42\n${program}\nconsole.log('the answer', answer)\n`,
  )
  expect(await installed.shell('batchquery run ./task.ts 2>&1')).toContain('the answer 42')
})

test('a program compiles against the types in the package', async () => {
  const installed = await Installation.create('batchquery', NODES[0])
  const program = await readFile(join(import.meta.dirname, '../types/library.ts'), 'utf8')
  await installed.compile(program.replace("'../../src/index.ts'", "'batchquery'"))
})
