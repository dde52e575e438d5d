import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ConfigFile, type Flags, readSettings, settingsEnvironment } from '../../../src/config/index.ts'
import { parseConfigFile } from '../../../src/config/parse-config-file.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'

const FOLDER = '/somewhere'

const FILE = parseConfigFile(
  'bucket: file\nstore: ./file\ndatabase: main\ndatabases: { main: { url: duckdb:main }, other: { url: duckdb:other } }',
  '/project/batchquery.yaml',
)
const ENVIRONMENT = { BATCHQUERY_STORE: './env', BATCHQUERY_BUCKET: 'env', BATCHQUERY_DATABASE: 'duckdb:env' }

describe('precedence: flag, then environment, then batchquery.yaml, then default', () => {
  test.each<[flags: Flags, environment: NodeJS.ProcessEnv, file: ConfigFile | null, expected: object]>([
    [
      {},
      {},
      null,
      {
        store: '/somewhere/.batchquery/store',
        bucket: 'batchquery-s3',
        database: 'duckdb:.batchquery/db01.duckdb',
        shownDatabase: null,
        isDefault: true,
      },
    ],
    [
      {},
      {},
      FILE,
      {
        store: '/project/file',
        bucket: 'file',
        database: 'duckdb:/project/main',
        shownDatabase: 'main',
        isDefault: false,
      },
    ],
    [
      {},
      ENVIRONMENT,
      FILE,
      {
        store: '/somewhere/env',
        bucket: 'env',
        database: 'duckdb:env',
        shownDatabase: 'duckdb:env',
        isDefault: false,
      },
    ],
    [
      { store: '/flag', bucket: 'flag', database: 'duckdb:flag' },
      ENVIRONMENT,
      FILE,
      { store: '/flag', bucket: 'flag', database: 'duckdb:flag', isDefault: false },
    ],
    [
      { bucket: 'flag' },
      {},
      null,
      { store: '/somewhere/.batchquery/store', bucket: 'flag', isDefault: false },
    ],
    [
      {},
      { BATCHQUERY_STORE: '', BATCHQUERY_BUCKET: '', BATCHQUERY_DATABASE: '', BATCHQUERY_DATABASES: '' },
      null,
      { store: '/somewhere/.batchquery/store', bucket: 'batchquery-s3', isDefault: true },
    ],
  ])('%j and %j', (flags, environment, file, expected) => {
    expect(readSettings(flags, environment, FOLDER, file)).toMatchObject(expected)
  })
})

describe('a named database', () => {
  test.each<[flags: Flags, environment: NodeJS.ProcessEnv, url: string]>([
    [{ database: 'other' }, {}, 'duckdb:/project/other'],
    [{}, { BATCHQUERY_DATABASE: 'other' }, 'duckdb:/project/other'],
    [{}, { BATCHQUERY_DATABASES: '{"main":"duckdb:env"}' }, 'duckdb:env'],
    [{ database: 'new' }, { BATCHQUERY_DATABASES: '{"new":"duckdb:env"}' }, 'duckdb:env'],
  ])('%j and %j', (flags, environment, url) => {
    expect(readSettings(flags, environment, FOLDER, FILE)).toMatchObject({
      database: url,
      shownDatabase: flags.database ?? environment.BATCHQUERY_DATABASE ?? 'main',
    })
  })

  test.each([
    [FILE, 'main, other'],
    [null, '`databases:` in batchquery.yaml'],
  ])('is refused with a list of the configured ones when it is not configured', (file, hint) => {
    expect(() => readSettings({ database: 'mian' }, {}, FOLDER, file)).toThrow(
      expect.objectContaining({
        code: 'CONFIG',
        message: 'no database has the name "mian"',
        hint: expect.stringContaining(hint),
      }),
    )
  })

  test.each(['nonsense geheim', '"geheim"', '{"main":{"url":"geheim"}}'])(
    'BATCHQUERY_DATABASES=%s is refused, and not repeated',
    value => {
      const read = () => readSettings({}, { BATCHQUERY_DATABASES: value }, FOLDER)
      expect(read).toThrow(expect.objectContaining({ code: 'CONFIG' }))
      expect(read).not.toThrow(/geheim/)
    },
  )
})

test.each([null, FILE])('another process reads the same settings from the environment', file => {
  const flags = { store: './s', bucket: 'b', database: 'mysql://u@h/d' }
  const settings = readSettings(flags, {}, FOLDER, file)
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
  ])('is not found in %s', database => {
    expect(readSettings({ database }, {}, FOLDER).database).toBe(database)
  })
})

describe('a store', () => {
  const refused = (hint: RegExp) =>
    expect.objectContaining({
      code: 'CONFIG',
      message: expect.stringContaining('is not a store'),
      hint: expect.stringMatching(hint),
    })

  test.each([
    ...['s3://bucket', 's3:', '', 'S3', 's3/', 'S3://bucket', 's4', ' s3', 's3 ', 'minio', 'file:///x'],
    ...['arn:aws:s3:::bucket', 'https://s3.amazonaws.com', 'gs://bucket', 'a\0b'],
  ])('%j is refused, with valid examples', store => {
    expect(() => readSettings({ store }, {}, FOLDER)).toThrow(refused(/Write s3 for Amazon S3/))
    if (store !== '')
      expect(() => readSettings({}, { BATCHQUERY_STORE: store }, FOLDER)).toThrow(refused(/Write s3/))
  })

  test.each(['~', '~/x', '~root/x', `\${HOME}/x`, `/data/\${ENV}`, '$HOME/x', '/data/$(id -u)'])(
    '%j is refused, because only a shell replaces it',
    store => {
      expect(() => readSettings({ store }, {}, FOLDER)).toThrow(refused(/Only a shell replaces/))
    },
  )

  test.each(['./s3', 's3-copies/', 'data/store', './~x', './S3'])('%j is a directory', store => {
    expect(readSettings({ store }, {}, FOLDER).store).toBe(resolve(FOLDER, store))
  })

  test('without a slash must be an existing folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-store-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await mkdir(join(folder, 'copies'))
    await writeFile(join(folder, 'file'), '')
    expect(readSettings({ store: 'copies' }, {}, folder).store).toBe(join(folder, 'copies'))
    expect(readSettings({ store: '.' }, {}, folder).store).toBe(folder)
    expect(() => readSettings({ store: 'file' }, {}, folder)).toThrow(refused(/Write s3/))
  })
})

test.each([`\${BUCKET}`, '$BUCKET', `data-\${ENV}`, '~'])('the bucket %j is refused', bucket => {
  const refused = expect.objectContaining({
    code: 'CONFIG',
    message: expect.stringContaining('not a bucket'),
  })
  expect(() => readSettings({ bucket }, {}, FOLDER)).toThrow(refused)
  expect(() => readSettings({}, { BATCHQUERY_BUCKET: bucket }, FOLDER)).toThrow(refused)
})

test.each([
  ...['duckdb:~/x.duckdb', `duckdb:\${NAME}.duckdb`, 'mysql://u@h/db?passwordFile=~/pw'],
  ...['postgres://u@h/db?sslrootcert=~ada/ca.pem', 'mysql://u@localhost/db?socket=~/s.sock'],
])('the database %s is refused, because only a shell knows its path', database => {
  expect(() => parseDatabaseUrl(database)).toThrow(
    expect.objectContaining({ code: 'CONFIG', message: expect.stringContaining('no shell replaced') }),
  )
})
