import { expect, test } from 'vitest'
import { openDatabase } from '../../../src/config/index.ts'

test.each([
  ['duckdb:data/a.duckdb', 'duckdb', '/somewhere/data/a.duckdb'],
  ['duckdb:/data/a.duckdb', 'duckdb', '/data/a.duckdb'],
  ['duckdb::memory:', 'duckdb', ':memory:'],
  ['mysql://u@h/d', 'mysql', 'h:3306'],
  ['mariadb://u@h:3307/d', 'mysql', 'h:3307'],
  ['postgres://u@h/d', 'postgres', 'h:5432'],
  ['postgresql://u@h:5433/d', 'postgres', 'h:5433'],
])('%s is a %s database at %s', async (url, dialect, host) => {
  const database = await openDatabase(url, {}, '/somewhere')
  expect(database).toMatchObject({ dialect, host })
})

test.each(['oracle://u@h/d', 'mysql:', ''])('%j is refused', async url => {
  await expect(openDatabase(url, {}, '/somewhere')).rejects.toMatchObject({ code: 'CONFIG' })
})
