import { describe, expect, test } from 'vitest'
import { parseStackDocument } from '../../../src/config/discovery.ts'
import { type Flags, readSettings, settingSources, stackRequest } from '../../../src/config/index.ts'
import { parseConfigFile } from '../../../src/config/parse-config-file.ts'
import { stackDocument } from '../../aws/stack-document.ts'

const FOLDER = '/somewhere'
const FILE = parseConfigFile(
  'bucket: file\nstore: ./file\nengine: local\ndatabase: main\ndatabases: { main: { url: duckdb:file } }',
  '/project/batchquery.yaml',
)

const stackOf = (isChosen: boolean) =>
  parseStackDocument(
    { parameter: '/batchquery/batchquery', region: 'us-east-1', value: stackDocument('b1'), isChosen },
    FOLDER,
  )

describe('a stack', () => {
  const found = {
    store: 's3',
    bucket: 'b1',
    engine: 'fargate',
    database: 'duckdb::memory:',
    isDefault: false,
  }

  test('has all settings that a run needs', () => {
    const settings = readSettings({}, {}, FOLDER, null, stackOf(false))
    expect(settings).toMatchObject({ ...found, shownDatabase: 'main', isDatabaseChosen: false })
    expect(settings.fargate).toMatchObject({ cluster: 'batchquery-fg', subnets: ['subnet-1'] })
  })

  test('takes precedence over batchquery.yaml when the user names it, otherwise the file does', () => {
    expect(readSettings({}, {}, FOLDER, FILE, stackOf(true))).toMatchObject(found)
    expect(readSettings({}, {}, FOLDER, FILE, stackOf(false))).toMatchObject({
      store: '/project/file',
      bucket: 'file',
      engine: 'local',
      database: 'duckdb:/project/file',
    })
  })

  test('never takes precedence over flags and environment', () => {
    const flags = { bucket: 'flag', engine: 'local' }
    const environment = { BATCHQUERY_STORE: './s', BATCHQUERY_DATABASE: 'duckdb:env' }
    expect(readSettings(flags, environment, FOLDER, null, stackOf(true))).toMatchObject({
      store: '/somewhere/s',
      bucket: 'flag',
      engine: 'local',
      database: 'duckdb:env',
    })
  })

  test('is named as the source of a setting', () => {
    const sources = settingSources({ bucket: 'flag' }, {}, FILE, stackOf(true))
    expect(sources).toEqual({ store: 'stack batchquery', bucket: '--bucket', database: 'stack batchquery' })
  })
})

describe('the document of a stack', () => {
  const read = (value: string) =>
    parseStackDocument({ parameter: '/batchquery/a', region: 'us-east-1', value, isChosen: true }, FOLDER)
  const refused = (message: RegExp, hint: RegExp) =>
    expect.objectContaining({
      code: 'CONFIG',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })

  test.each([
    [
      stackDocument('b', { version: 2 }),
      /a in us-east-1 has version 2, but this batchquery reads version 1/,
      /same version/,
    ],
    ['hello', /is not a document of batchquery-cdk/, /Deploy the stack again/],
    [stackDocument('b', { version: '1' }), /is not a document of batchquery-cdk/, /Deploy the stack again/],
    [stackDocument('b', { region: 1 }), /has no usable region/, /Deploy the stack again/],
    [stackDocument('b', { settings: undefined }), /has no usable settings/, /Deploy the stack again/],
    [stackDocument('b', { settings: [] }), /has no usable settings/, /Deploy the stack again/],
    [
      stackDocument('b', { settings: { databases: { a: { url: 'ftp://x' } } } }),
      /databases\.a\.url/,
      /--stack NAME/,
    ],
  ])('%s is refused', (value, message, hint) => {
    expect(() => read(value)).toThrow(refused(message, hint))
  })

  test('may have keys that a newer batchquery-cdk writes', () => {
    const { settings } = JSON.parse(stackDocument('b1'))
    const databases = { main: { url: 'duckdb::memory:', news: 1 } }
    const newer = { ...settings, news: 1, databases, fargate: { ...settings.fargate, news: [1] } }
    const known = read(stackDocument('b1'))
    expect(read(stackDocument('b1', { settings: newer, more: 1 }))).toEqual(known)
  })
})

test.each(['a/b', '', ' ', 'a'.repeat(65)])('%j is no name of a stack', stack => {
  expect(() => stackRequest({ stack }, {}, null, false)).toThrow(expect.objectContaining({ code: 'CONFIG' }))
})

test('the default store is S3 when the engine is fargate', () => {
  expect(readSettings({ engine: 'fargate' }, {}, FOLDER).store).toBe('s3')
  expect(readSettings({ engine: 'fargate', store: './s' }, {}, FOLDER).store).toBe('/somewhere/s')
})

describe('a stack is requested', () => {
  const FARGATE = 'engine: fargate\n'
  const COMPLETE = `${FARGATE}bucket: b\nfargate: { subnets: [a] }`
  const only = { name: null, isChosen: false }

  test.each<
    [
      flags: Flags,
      environment: NodeJS.ProcessEnv,
      yaml: string | null,
      startsRuns: boolean,
      request: object | null,
    ]
  >([
    [{}, {}, null, true, null],
    [{ store: 's3' }, {}, null, true, null],
    [{}, {}, 'stack: { name: mine }', true, null],
    [{ stack: 'a' }, { BATCHQUERY_STACK: 'b' }, null, false, { name: 'a', isChosen: true }],
    [{}, { BATCHQUERY_STACK: 'b' }, COMPLETE, false, { name: 'b', isChosen: true }],
    [{ engine: 'fargate' }, {}, null, true, only],
    [{ engine: 'local' }, { BATCHQUERY_ENGINE: 'fargate' }, null, true, null],
    [{}, { BATCHQUERY_ENGINE: 'fargate' }, null, false, only],
    [{}, {}, FARGATE, false, only],
    [{ engine: 'fargate' }, {}, 'stack: { name: mine }', true, { name: 'mine', isChosen: false }],
    [{}, {}, COMPLETE, true, null],
    [{}, {}, `${FARGATE}bucket: b`, false, null],
    [{}, {}, `${FARGATE}bucket: b`, true, only],
    [{}, { BATCHQUERY_BUCKET: 'b' }, FARGATE, false, null],
  ])('%j, %j, %j, starting runs %s', (flags, environment, yaml, startsRuns, request) => {
    const file = yaml === null ? null : parseConfigFile(yaml, '/project/batchquery.yaml')
    expect(stackRequest(flags, environment, file, startsRuns)).toEqual(request)
  })
})
