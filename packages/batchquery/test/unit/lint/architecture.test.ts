import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const workspace = join(import.meta.dirname, '../../../../..')
const source = join(workspace, 'packages/batchquery/src')

/** The arrows that architecture.dot does not draw, as the comment at its head says. */
const UNDRAWN: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  platform: ['errors'],
  aws: ['errors'],
  sql: ['errors'],
}
const BELOW_ALL = ['errors', 'platform']

/** `a -> { b c }` and `a -> b`, line by line. */
function readArrows(file: string): Map<string, ReadonlySet<string>> {
  const lines = readFileSync(join(workspace, 'docs/pictures', file), 'utf8').matchAll(
    /^ {2}(\w+) -> \{?([\w ]+)\}?$/gm,
  )
  return new Map([...lines].map(([, from, to]) => [from, new Set(to.trim().split(/ +/))]))
}

/** Every file with the files that it imports, type imports and `import()` included. Paths are relative to the folder. */
function readImports(folder: string): Map<string, readonly string[]> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return new Map(
    paths
      .filter(path => path.endsWith('.ts'))
      .map(file => {
        const text = readFileSync(join(folder, file), 'utf8')
        const imported = [...text.matchAll(/(?:\bfrom|\bimport\(?) ?'(\.[^']+)'/g)].map(([, path]) =>
          relative(folder, join(folder, dirname(file), path)),
        )
        return [file, imported]
      }),
  )
}

const imports = readImports(source)
const moduleOf = (file: string): string => file.split('/')[0]
const modules = [...new Set([...imports.keys()].filter(file => file.includes('/')).map(moduleOf))]
const arrows = readArrows('architecture.dot')

const mayImport = (from: string, to: string): boolean =>
  from === to || (UNDRAWN[from] ?? BELOW_ALL).includes(to) || arrows.get(from)?.has(to) === true

/** The imports that lead from one module into another. `index.ts` of src is what programs import: it belongs to no module. */
const crossings = [...imports].flatMap(([file, imported]) =>
  file.includes('/')
    ? imported.map(to => ({ file, to })).filter(({ to }) => moduleOf(to) !== moduleOf(file))
    : [],
)

describe('architecture.dot', () => {
  test('names every module', () => {
    const drawn = readFileSync(join(workspace, 'docs/pictures/architecture.dot'), 'utf8')
    const missing = modules.filter(name => !new RegExp(`^ {2}${name}( |$)`, 'm').test(drawn))
    expect(missing).toEqual([])
  })

  test('has an arrow for each import that crosses modules', () => {
    const forbidden = crossings.filter(({ file, to }) => !mayImport(moduleOf(file), moduleOf(to)))
    expect(forbidden.map(({ file, to }) => `${file} imports ${to}`)).toEqual([])
  })

  test('has no arrow without an import', () => {
    const used = new Set(crossings.map(({ file, to }) => `${moduleOf(file)} -> ${moduleOf(to)}`))
    const drawn = [...arrows].flatMap(([from, targets]) => [...targets].map(to => `${from} -> ${to}`))
    expect(drawn.filter(arrow => !used.has(arrow))).toEqual([])
  })

  test('has no cycle', () => {
    expect(cyclesIn(new Map([...arrows].map(([from, to]) => [from, [...to]])))).toEqual([])
  })
})

describe('row-path.dot', () => {
  const steps = readSteps()
  const files = new Set(steps.flatMap(({ from, to }) => [from, to]))

  test('names files that exist', () => {
    expect([...files].filter(file => !imports.has(file))).toEqual([])
  })

  test('has an arrow only between files that import each other, or that the file in `via` imports', () => {
    const wrong = steps.filter(({ from, to, via }) =>
      via === null ? !reaches(from, to) && !reaches(to, from) : !reaches(via, from) || !reaches(via, to),
    )
    expect(wrong).toEqual([])
  })

  test('leads from each database to each store', () => {
    const graph = new Map(
      [...files].map(file => [file, steps.flatMap(step => (step.from === file ? step.to : []))]),
    )
    const starts = [...files].filter(file => steps.every(({ to }) => to !== file))
    expect(starts.sort()).toEqual(['database/duckdb/copy-out.ts', 'database/paced-chunks.ts'])
    for (const start of starts)
      expect([...reachable(graph, start)]).toEqual(
        expect.arrayContaining(['store/directory/staging.ts', 'store/s3/staged-upload.ts']),
      )
  })
})

test.each(['packages/batchquery/src', 'packages/batchquery-cdk/src', 'bench/src'])(
  'no file of %s imports itself through others, when type imports count',
  folder => {
    expect(cyclesIn(readImports(join(workspace, folder)))).toEqual([])
  },
)

test('the pictures show what their text says', () => {
  const script = join(workspace, 'scripts/docs/pictures.mjs')
  expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toBe('')
})

interface Step {
  readonly from: string
  readonly to: string
  readonly via: string | null
}

function readSteps(): readonly Step[] {
  const text = readFileSync(join(workspace, 'docs/pictures/row-path.dot'), 'utf8')
  const arrows = text.matchAll(/^ {2}"([^"]+)" -> "([^"]+)"(?: \[(?:.*via="([^"]+)")?.*\])?$/gm)
  return [...arrows].map(([, from, to, via = null]) => ({ from, to, via }))
}

/** Whether a file imports another one, by its path or through the index of its module. */
const reaches = (from: string, to: string): boolean =>
  imports.get(from)?.some(file => file === to || (file.endsWith('/index.ts') && reaches(file, to))) === true

function reachable(graph: ReadonlyMap<string, readonly string[]>, from: string): ReadonlySet<string> {
  const found = new Set([from])
  for (const node of found) for (const next of graph.get(node) ?? []) found.add(next)
  return found
}

/** Every cycle that a search in depth meets, as `a > b > a`. */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const path: string[] = []
  const found: string[] = []
  const visit = (node: string): void => {
    if (path.includes(node)) found.push([...path.slice(path.indexOf(node)), node].join(' > '))
    if (done.has(node) || path.includes(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return found
}
