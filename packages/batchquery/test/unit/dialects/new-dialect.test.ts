import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ExportStatement, ParameterValues, Statement, TaskDirectives } from '../../../src/sql/index.ts'

const PACKAGE = join(import.meta.dirname, '../../..')
const WORKSPACE = join(PACKAGE, '../..')

/** The functions of sql/index.ts that the test calls with a dialect that this program's types do not know. */
interface Words {
  splitStatements(sql: string, dialect: string): Statement[]
  parseExport(statement: Statement, dialect: string): ExportStatement | null
  readDirectives(sql: string, dialect: string): TaskDirectives
  bindParameters(needs: object, given: Readonly<Record<string, string>>): ParameterValues
  usedParameters(statements: readonly Statement[], dialect: string): ReadonlyMap<string, unknown>
  substitute(statement: Statement, values: ParameterValues, dialect: string): Statement
}

/** A copy of the sources in which a newcomer adds the dialect `toy`, as CONTRIBUTING says. */
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchquery-dialect-'))
  await cp(join(PACKAGE, 'src'), join(folder, 'src'), { recursive: true })
  await symlink(join(WORKSPACE, 'node_modules'), join(folder, 'node_modules'))
  await cp(join(PACKAGE, 'package.json'), join(folder, 'package.json'))
  const options = { extends: join(PACKAGE, 'tsconfig.json'), include: ['src'], exclude: ['src/console/page'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options))
  await addFile('toy-words/index.ts', 'sql/dialects/toy/index.ts')
  await edit('sql/dialects/index.ts', [
    [/^(export type Dialect = .*)$/m, "$1 | 'toy'"],
    [/^(import .*)$/m, "$1\nimport { TOY } from './toy/index.ts'"],
    [/^( {2}mysql: MYSQL,)$/m, '$1\n  toy: TOY,'],
  ])
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Copies a file of this test into the sources, from where it imports them. */
async function addFile(name: string, path: string): Promise<void> {
  await cp(join(import.meta.dirname, name), join(folder, 'src', path))
  const upwards = '../'.repeat(path.split('/').length - 1)
  await edit(path, [[/(?:\.\.\/)+src\//g, upwards]])
}

async function edit(path: string, changes: readonly (readonly [RegExp, string])[]): Promise<void> {
  const file = join(folder, 'src', path)
  const text = await readFile(file, 'utf8')
  const changed = changes.reduce((so, [pattern, replacement]) => so.replace(pattern, replacement), text)
  expect(changed).not.toBe(text)
  await writeFile(file, changed)
}

/** The compiler's errors in the copy, without their positions. */
async function typeErrors(): Promise<string[]> {
  const tsc = join(WORKSPACE, 'node_modules/typescript/bin/tsc')
  const { stdout } = await execa(process.execPath, [tsc, '-p', folder, '--noEmit', '--pretty', 'false'], {
    cwd: folder,
    reject: false,
  })
  return stdout
    .split('\n')
    .flatMap(line => /^(\S+?)\(.*error (TS\d+)/.exec(line)?.slice(1, 3).join(' ') ?? [])
}

describe('a dialect that a newcomer adds to the registry of words', () => {
  let words: Words
  beforeAll(async () => {
    words = await import(/* @vite-ignore */ join(folder, 'src/sql/index.ts'))
  })

  test('splits a file by its own blocks, comments and strings', () => {
    const sql = "GATHER 'a\\';' # it's;\n; DO SELECT 1; SELECT `b;c`; DONE; SELECT \"d\""
    expect(words.splitStatements(sql, 'toy').map(({ text }) => text)).toEqual([
      "GATHER 'a\\';' # it's;",
      'DO SELECT 1; SELECT `b;c`; DONE',
      'SELECT "d"',
    ])
  })

  test('parses an export with its own query keyword', () => {
    const [statement] = words.splitStatements("GATHER a FROM t INTO OUTFILE S3 's3://b/p' MANIFEST ON", 'toy')
    expect(words.parseExport(statement, 'toy')).toMatchObject({
      query: 'GATHER a FROM t ',
      destination: 's3://b/p',
      manifest: 'ON',
    })
  })

  test('writes parameters as its own literals', () => {
    const sql = '-- @param data json\n-- @param n int = 5\nGATHER :name, :n, :data FROM t[1:n]'
    const statements = words.splitStatements(sql, 'toy')
    const { parameters: declarations } = words.readDirectives(sql, 'toy')
    const used = words.usedParameters(statements, 'toy')
    const values = words.bindParameters({ declarations, used, dialect: 'toy' }, { name: "O'B", data: '[1]' })
    expect(words.substitute(statements[0], values, 'toy').text).toContain(
      "GATHER unhex('4F2742'), 5, unhex('5B315D'):!json FROM t[1:n]",
    )
    const tooLong = { declarations, used, dialect: 'toy' }
    expect(() => words.bindParameters(tooLong, { name: '', data: '1', n: '1234567890' })).toThrow(
      'of at most 9 digits',
    )
  })
})

test('a new dialect changes no file but the two registries', async () => {
  expect(await typeErrors()).toEqual(['src/database/dialects.ts TS2741'])
  await addFile('toy-database/dialect.ts', 'database/toy/dialect.ts')
  await edit('database/dialects.ts', [
    [/^(import \{ POSTGRES \}.*)$/m, "$1\nimport { TOY } from './toy/dialect.ts'"],
    [/^( {2}mysql: MYSQL,)$/m, '$1\n  toy: TOY,'],
  ])
  expect(await typeErrors()).toEqual([])
})
