import { describe, expect, test } from 'vitest'
import { type Flags, readSettings, settingsEnvironment } from '../../../src/config/index.ts'

const FOLDER = '/somewhere'

describe('precedence: flag, then environment, then default', () => {
  test.each<[flags: Flags, environment: NodeJS.ProcessEnv, expected: object]>([
    [
      {},
      {},
      {
        store: '/somewhere/.batchquery/store',
        bucket: 'batchquery-s3',
        database: 'duckdb:.batchquery/db01.duckdb',
        isDefault: true,
      },
    ],
    [
      {},
      { BATCHQUERY_STORE: 'env', BATCHQUERY_BUCKET: 'env', BATCHQUERY_DATABASE: 'duckdb:env' },
      { store: '/somewhere/env', bucket: 'env', database: 'duckdb:env', isDefault: false },
    ],
    [
      { store: '/flag', bucket: 'flag', database: 'duckdb:flag' },
      { BATCHQUERY_STORE: 'env', BATCHQUERY_BUCKET: 'env', BATCHQUERY_DATABASE: 'duckdb:env' },
      { store: '/flag', bucket: 'flag', database: 'duckdb:flag', isDefault: false },
    ],
    [{ bucket: 'flag' }, {}, { store: '/somewhere/.batchquery/store', bucket: 'flag', isDefault: false }],
    [
      {},
      { BATCHQUERY_STORE: '', BATCHQUERY_BUCKET: '', BATCHQUERY_DATABASE: '' },
      { store: '/somewhere/.batchquery/store', bucket: 'batchquery-s3', isDefault: true },
    ],
  ])('%j and %j', (flags, environment, expected) => {
    expect(readSettings(flags, environment, FOLDER)).toMatchObject(expected)
  })
})

test('another process reads the same settings from the environment, wherever it stands', () => {
  const settings = readSettings({ store: './s', bucket: 'b', database: 'mysql://u@h/d' }, {}, FOLDER)
  expect(readSettings({}, settingsEnvironment(settings), '/elsewhere')).toEqual(settings)
})

describe('a password in a URL', () => {
  const refused = expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('MYSQL_PWD') })

  test.each([
    'mysql://u:geheim@h/db',
    'mysql://u:geheim@',
    'mysql://u:g%40heim@h:3306/db?sslmode=disable',
    'mysql://u:geheim/with/slash@h/db',
    'mysql://u:geheim?#@h/db',
    'mysql://u:12@geheim@h/db',
    'MYSQL://:geheim@h/db',
    'postgres://u@h/db?password=geheim',
    'postgres://u@h/db?sslmode=disable&password=geheim',
  ])('%s is refused on the command line, and not repeated', database => {
    const read = () => readSettings({ database }, {}, FOLDER)
    expect(read).toThrow(refused)
    expect(read).not.toThrow(/geheim|g%40heim/)
  })

  test('is taken from the environment', () => {
    const url = 'mysql://u:geheim@h/db'
    expect(readSettings({}, { BATCHQUERY_DATABASE: url }, FOLDER).database).toBe(url)
  })

  test.each([
    'mysql://u@h:3306/db?passwordFile=/run/secrets/db',
    'mysql://u@h/db?passwordFile=/run/a:b@c',
    'mysql://u@[::1]:3306/db',
    'mysql://h:3306/db',
    'duckdb:a:b@c.duckdb',
    'duckdb:///a:b@c.duckdb',
  ])('none is found in %s', database => {
    expect(readSettings({ database }, {}, FOLDER).database).toBe(database)
  })
})

test.each(['s3', 's3://bucket', ''])('the store %j is no directory of this version', store => {
  expect(() => readSettings({ store }, {}, FOLDER)).toThrow(expect.objectContaining({ code: 'CONFIG' }))
})

test.each(['./s3', 's3-copies'])('the store %j is a directory', store => {
  expect(readSettings({ store }, {}, FOLDER).store).toMatch(/^\/somewhere\/s3/)
})
