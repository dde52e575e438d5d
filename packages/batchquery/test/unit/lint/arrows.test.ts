import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const workspace = join(import.meta.dirname, '../../../../..')
const source = 'packages/batchquery/src'

/** Who may import whom, as docs/design.md says it: `[folder, what it may import, the message of its rule]`. */
const arrows: readonly (readonly [folder: string, allowed: string, message: string])[] = [
  ['errors', '', 'errors stands at the bottom'],
  ['platform', 'errors', 'platform knows errors only'],
  ['aws', 'errors', 'aws knows errors only'],
  ['sql', 'errors', 'sql is pure'],
  ['format', 'errors', 'format is pure'],
  ['database', 'errors platform aws format', 'a database knows neither the store nor the run'],
  ['store', 'errors platform aws', 'a store knows neither the database nor the run'],
  ['journal', 'errors platform store', 'not who exports it'],
  ['export', 'errors platform sql format database store journal', 'its own journal interface'],
  ['run', 'errors platform store journal', 'a run knows the store only'],
  ['config', 'errors platform database store', 'runs nothing'],
  ['reading', 'errors platform sql database store journal export run', 'read alike by its submitter'],
  [
    'task',
    'errors platform sql config database store journal export run reading',
    'never imported by an engine',
  ],
  ['engine', 'errors platform aws config store run', 'it does not execute them'],
  [
    'client',
    'errors platform sql format database store journal export run reading engine config',
    'it knows neither runner nor command line',
  ],
  [
    'doctor',
    'errors platform aws sql config database store journal export engine',
    'doctor checks, it does not run',
  ],
  ['start', 'platform', 'start knows nothing of what it runs'],
  [
    'cli',
    'errors platform aws sql format database store journal export run reading engine config task client doctor start',
    'nothing is forbidden to cli',
  ],
]
const folders = arrows.map(([folder]) => folder)

interface Diagnostic {
  readonly category: string
  readonly message: string
  readonly location: { readonly path: string }
}

let tree: string
let diagnostics: readonly Diagnostic[]

// One file for every pair of folders, `<from>/<to>.ts`, in a tree of its own under the workspace's own rules.
beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'batchquery-arrows-'))
  const config: { vcs: { enabled: boolean } } = JSON.parse(
    await readFile(join(workspace, 'biome.json'), 'utf8'),
  )
  config.vcs.enabled = false
  await writeFile(join(tree, 'biome.json'), JSON.stringify(config))
  for (const from of folders) {
    await mkdir(join(tree, source, from), { recursive: true })
    for (const to of folders.filter(folder => folder !== from)) {
      await writeFile(join(tree, source, from, `${to}.ts`), `export * from '../${to}/index.ts'\n`)
    }
  }
  diagnostics = await lint()
})

afterAll(() => rm(tree, { recursive: true, force: true }))

function lint(): Promise<Diagnostic[]> {
  const biome = join(workspace, 'node_modules/.bin/biome')
  const rule = '--only=style/noRestrictedImports'
  return new Promise((resolve, reject) => {
    execFile(
      biome,
      ['lint', rule, '--reporter=json', '--max-diagnostics=none', '.'],
      { cwd: tree, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        if (stdout === '') reject(error ?? new Error(stderr))
        else resolve(JSON.parse(stdout).diagnostics)
      },
    )
  })
}

test('every folder of src has its arrows', async () => {
  const entries = await readdir(join(workspace, source), { withFileTypes: true })
  const present = entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
  expect(folders).toEqual(expect.arrayContaining(present))
})

test.each(arrows)('%s may import exactly: %s', (from, allowed, message) => {
  const found = diagnostics.filter(({ location }) => location.path.startsWith(`${source}/${from}/`))
  const forbidden = folders.filter(to => to !== from && !allowed.split(' ').includes(to))
  const reported = found.map(({ location }) =>
    location.path.slice(`${source}/${from}/`.length, -'.ts'.length),
  )
  expect(reported.sort()).toEqual(forbidden.sort())
  for (const diagnostic of found) {
    expect(diagnostic.category).toBe('lint/style/noRestrictedImports')
    expect(JSON.stringify(diagnostic)).toContain(message)
  }
})
