import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const workspace = join(import.meta.dirname, '../..')

/** The file, its import, and a piece of the message of the rule against it. */
const FORBIDDEN = [
  ['bench/src/a.ts', '../../packages/batchquery/src/sql/index.ts', 'import it from dist'],
  ['bench/src/scenarios/b.ts', '../../../packages/batchquery/src/sql/index.ts', 'import it from dist'],
  ['bench/src/programs/c.ts', '../../../packages/batchquery/src/sql/index.ts', 'nothing of what measures it'],
  [
    'bench/src/programs/d.ts',
    '../../../packages/batchquery/test/setup/mariadb.ts',
    'nothing of what measures it',
  ],
  ['bench/src/programs/e.ts', '../process/measure.ts', 'nothing of what measures it'],
  ['bench/src/report/f.ts', '../scenarios/all.ts', 'a record alone'],
] as const
const ALLOWED = [
  ['bench/src/programs/g.ts', '../../../packages/batchquery/dist/sql/index.js'],
  ['bench/src/report/h.ts', '../record.ts'],
  ['bench/src/i.ts', '../../packages/batchquery/test/setup/mariadb.ts'],
] as const

let tree: string
let found: Map<string, string>

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'batchquery-imports-'))
  const config: { vcs: { enabled: boolean } } = JSON.parse(
    await readFile(join(workspace, 'biome.json'), 'utf8'),
  )
  config.vcs.enabled = false
  await writeFile(join(tree, 'biome.json'), JSON.stringify(config))
  for (const [path, imported] of [...FORBIDDEN, ...ALLOWED]) {
    await mkdir(dirname(join(tree, path)), { recursive: true })
    await writeFile(join(tree, path), `export * from '${imported}'\n`)
  }
  found = await lint()
})

afterAll(() => rm(tree, { recursive: true, force: true }))

/** The linter's messages, by file. */
function lint(): Promise<Map<string, string>> {
  const biome = join(workspace, 'node_modules/.bin/biome')
  const args = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none', '.']
  return new Promise((resolve, reject) => {
    execFile(biome, args, { cwd: tree }, (error, stdout, stderr) => {
      if (stdout === '') return reject(error ?? new Error(stderr))
      const { diagnostics }: { diagnostics: readonly { location: { path: string } }[] } = JSON.parse(stdout)
      resolve(new Map(diagnostics.map(entry => [entry.location.path, JSON.stringify(entry)])))
    })
  })
}

test.each(FORBIDDEN)('%s may not import %s', (path, _imported, message) => {
  expect(found.get(path)).toContain(message)
})

test.each(ALLOWED)('%s may import %s', path => {
  expect(found.get(path)).toBeUndefined()
})
