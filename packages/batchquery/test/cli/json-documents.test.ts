import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/commands/index.ts'
import { runRecordSchema } from '../../src/run/record.ts'
import { DOCUMENTS, errorDocument, plannedRun } from './documents.ts'
import { documentOf, type Ended, Workspace } from './workspace.ts'

const EXPORT = "SELECT 7 AS a INTO OUTFILE S3 's3://batchquery-s3/output/seven' OVERWRITE ON MANIFEST ON"
const MANUAL = await readFile(join(import.meta.dirname, '../../../../docs/json.md'), 'utf8')

/** The document, which has every field of the schema and no other. */
function expectDocument(ended: Ended, schema: v.GenericSchema): void {
  const document = documentOf(ended)
  const { issues, output } = v.safeParse(schema, document)
  expect(issues, ended.stdout).toBeUndefined()
  // A schema that is not strict leaves out what it does not know.
  expect(output).toEqual(document)
}

test('every command except query, head, help and ui prints one document, also when it fails', async () => {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', EXPORT)
  await workspace.run(['query', 'CREATE TABLE t (id INTEGER)', '-d', 'duckdb:db.duckdb'])
  const lines = {
    run: ['run', 'task.sql', '--run-id', 'r1'],
    rerun: ['rerun', 'r1'],
    put: ['put', 'task.sql'],
    plan: ['plan', 'task.sql'],
    demo: ['demo'],
    ls: ['ls'],
    show: ['show', 'r1'],
    logs: ['logs', 'r1'],
    cancel: ['cancel', 'r1'],
    verify: ['verify', 'r1'],
    get: ['get', 'r1', 'out'],
    reap: ['reap'],
    doctor: ['doctor'],
    grants: ['grants', '--for', 'rds-mysql', '--schema', 'db01'],
    generate: ['generate', '-d', 'duckdb:db.duckdb', '--tables', 't', '--to', 's3://batchquery-s3/out'],
    init: ['init'],
    completion: ['completion', 'bash'],
    version: ['version'],
  }
  expect([...Object.keys(lines), 'head', 'help', 'query', 'ui'].sort()).toEqual(
    COMMANDS.map(({ name }) => name).sort(),
  )
  for (const [name, schema] of Object.entries(DOCUMENTS)) {
    const [, line = []] = Object.entries(lines).find(([command]) => command === name) ?? []
    const ended = await workspace.run([...line, '--json'])
    expect(ended.code, `${name}: ${ended.stderr}`).toBe(0)
    expectDocument(ended, schema)
    const wrong = await workspace.run([...line, '--json', '--nosuch'])
    expect(wrong.code).toBe(2)
    expectDocument(wrong, errorDocument)
  }
})

test('some commands print lines of JSON instead', async () => {
  const workspace = await Workspace.create()
  expectDocument(await workspace.runSql(EXPORT, ['--dry-run', '--json']), plannedRun)
  expectDocument(await workspace.runSql(EXPORT, ['--detach', '--json']), runRecordSchema)
  const failed = await workspace.run(await workspace.task('SELECT nonsense', ['--json', '--run-id', 'r2']))
  expect(failed.code).toBe(1)
  expectDocument(failed, runRecordSchema)
  const missing = await workspace.run(['show', 'nosuch', '--json'])
  expect(missing.code).toBe(3)
  expectDocument(missing, errorDocument)
})

describe('docs/json.md', () => {
  const sections = new Map(
    MANUAL.split(/^## /m)
      .slice(1)
      .map(section => [section.slice(0, section.indexOf('\n')), section]),
  )
  const fieldsOf = (schema: v.GenericSchema): string[] => {
    if ('entries' in schema && typeof schema.entries === 'object' && schema.entries !== null)
      return Object.entries(schema.entries).flatMap(([name, field]) => [name, ...fieldsOf(field)])
    for (const inner of ['item', 'wrapped'] as const)
      if (inner in schema) return fieldsOf(Reflect.get(schema, inner))
    return []
  }

  test.each<[section: string, schema: v.GenericSchema]>([
    ['The run record', runRecordSchema],
    ['Errors', errorDocument],
    ['run --dry-run', plannedRun],
    ...Object.entries(DOCUMENTS).filter(([, schema]) => schema !== runRecordSchema),
  ])('"%s" names every field', (section, schema) => {
    const text = sections.get(section) ?? ''
    const runRecordFields = new Set(/^(ls|show)$/.test(section) ? fieldsOf(runRecordSchema) : [])
    expect(fieldsOf(schema)).not.toEqual([])
    for (const field of fieldsOf(schema))
      if (!runRecordFields.has(field)) expect(text, field).toContain(`\`${field}\``)
  })

  test('has every command', () => {
    for (const { name } of COMMANDS) expect(MANUAL).toContain(`\`${name}\``)
  })
})
