import { expect, test } from 'vitest'
import { openDatabase, submittedDatabases, withSubmittedDatabases } from '../../../src/config/index.ts'

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

test('the submitter’s databases are added to those of the runner, and take precedence', () => {
  const databases = new Map([
    ['main', 'mysql://u@here/db'],
    ['dev', 'mysql://u@dev/db'],
  ])
  const own = { BATCHQUERY_DATABASES: '{"main":"mysql://u@own/db","reports":"mysql://u@reports/db"}' }
  const environment = withSubmittedDatabases({ ...own, ...submittedDatabases(databases), OTHER: 'x' })
  expect(environment).toEqual({ OTHER: 'x', BATCHQUERY_DATABASES: expect.any(String) })
  expect(JSON.parse(environment.BATCHQUERY_DATABASES ?? '')).toEqual({
    main: 'mysql://u@here/db',
    reports: 'mysql://u@reports/db',
    dev: 'mysql://u@dev/db',
  })
  expect(withSubmittedDatabases(own)).toEqual(own)
  expect(submittedDatabases(new Map())).toEqual({})
})
