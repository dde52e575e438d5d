import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { STATEMENT } from '../../src/cli/article.ts'
import { freshDatabase } from '../setup/mariadb-client.ts'
import { Workspace } from './workspace.ts'

const EXAMPLES = join(import.meta.dirname, '../../../../examples')
const article = (name: string) => join(EXAMPLES, 'article', name)

test('the statement of the example is that of the demo', async () => {
  expect(await readFile(article('batchquery.sql'), 'utf8')).toBe(`${STATEMENT}\n`)
})

test('article: the same bytes from DuckDB and from MariaDB', async () => {
  const { host, port, user, password } = inject('mariadb')
  const url = `mysql://${user}@${host}:${port}/${await freshDatabase()}`
  const results: string[] = []
  for (const environment of [{}, { BATCHQUERY_DATABASE: url, MYSQL_PWD: password }]) {
    const workspace = await Workspace.create()
    for (const name of ['table1.sql', 'batchquery.sql']) {
      const { code, stderr } = await workspace.run(['run', article(name)], { environment })
      expect(code, stderr).toBe(0)
    }
    results.push(await workspace.readObject('output/result.part_00000'))
  }
  expect(results[0]).toMatch(/^1\tAAAAAAAA01\tBBBBBBBB01\n(.*\n){8}10\tAAAAAAAA10\tBBBBBBBB10\n$/)
  expect(results[1]).toBe(results[0])
})
