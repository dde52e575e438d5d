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
  format: ['errors'],
}
const BELOW_ALL = ['errors', 'platform']

/** `a -> { b c }` and `a -> b`, line by line. */
function readArrows(file: string): Map<string, ReadonlySet<string>> {
  const lines = readFileSync(join(workspace, 'docs/pictures', file), 'utf8').matchAll(
    /^ {2}(\w+) -> \{?([\w ]+)\}?$/gm,
  )
  return new Map([...lines].map(([, from, to]) => [from, new Set(to.trim().split(/ +/))]))
}

/** Every file with the files that it imports, type imports and `import()` included. Paths are relative to src. */
function readImports(): Map<string, readonly string[]> {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(path =>
    path.endsWith('.ts'),
  )
  return new Map(
    files.map(file => {
      const text = readFileSync(join(source, file), 'utf8')
      const imported = [...text.matchAll(/(?:\bfrom|\bimport\(?) ?'(\.[^']+)'/g)].map(([, path]) =>
        relative(source, join(source, dirname(file), path)),
      )
      return [file, imported]
    }),
  )
}

const imports = readImports()
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

test('no file of src imports itself through others, when type imports count', () => {
  expect(cyclesIn(imports)).toEqual([])
})

test('the pictures show what their text says', () => {
  const script = join(workspace, 'scripts/docs/pictures.mjs')
  expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toBe('')
})

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
