import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { findConfigFile, readSettings } from '../../../src/config/index.ts'
import { parseConfigFile } from '../../../src/config/parse-config-file.ts'

const PATH = '/project/batchquery.yaml'
const FULL = `# beside the project
bucket: b1
store: ./store
engine: local
database: main
databases:
  main: { url: "mysql://u@h/db?passwordFile=secret&sslrootcert=/ca.pem" }
  here: { url: duckdb:data/a.duckdb }
  memory: { url: "duckdb::memory:" }
`

const refused = (message: string) =>
  expect.objectContaining({
    code: 'CONFIG',
    message: expect.stringContaining(message),
    hint: expect.anything(),
  })

describe('a valid file', () => {
  test('has keys of batchquery-cdk below stack; only the name is read', () => {
    expect(parseConfigFile('stack: { name: a, more: [1] }', PATH).stack).toBe('a')
    expect(parseConfigFile('stack: { more: [1] }', PATH).stack).toBe('batchquery')
    expect(parseConfigFile('bucket: b', PATH).stack).toBeUndefined()
    expect(() => parseConfigFile('stack: a', PATH)).toThrow(refused('stack'))
  })

  test('has relative paths that start at its folder', () => {
    expect(parseConfigFile(FULL, PATH)).toEqual({
      path: PATH,
      folder: '/project',
      stack: undefined,
      bucket: 'b1',
      store: '/project/store',
      engine: 'local',
      fargate: undefined,
      database: 'main',
      databases: new Map([
        ['main', 'mysql://u@h/db?passwordFile=%2Fproject%2Fsecret&sslrootcert=%2Fca.pem'],
        ['here', 'duckdb:/project/data/a.duckdb'],
        ['memory', 'duckdb::memory:'],
      ]),
    })
  })

  test.each(['', '# nothing\n', 'databases: {}\n'])('has no settings: %j', text => {
    expect(parseConfigFile(text, PATH)).toMatchObject({
      bucket: undefined,
      store: undefined,
      database: undefined,
    })
  })

  test('has connectTimeout, over which connect_timeout of the URL takes precedence', () => {
    const named = (url: string) => `databases: { main: { url: '${url}', connectTimeout: 90 } }`
    const urlOf = (url: string) => parseConfigFile(named(url), PATH).databases.get('main')
    expect(urlOf('mysql://u@h/db')).toBe('mysql://u@h/db?connect_timeout=90')
    expect(urlOf('mysql://u@h/db?sslmode=verify-ca')).toBe(
      'mysql://u@h/db?sslmode=verify-ca&connect_timeout=90',
    )
    expect(urlOf('mysql://u@h/db?connect_timeout=5')).toBe('mysql://u@h/db?connect_timeout=5')
    expect(urlOf('duckdb:/a.duckdb')).toBe('duckdb:/a.duckdb')
    expect(() => parseConfigFile('databases: { m: { url: mysql://h/d, connectTimeout: -1 } }', PATH)).toThrow(
      '-1',
    )
  })

  test('may have a URL as its database, and S3 as its store', () => {
    const file = parseConfigFile('database: duckdb:x.duckdb\nstore: s3', PATH)
    expect(file).toMatchObject({ database: 'duckdb:/project/x.duckdb', store: 's3' })
  })
})

test('missing keys of fargate have the default names of the infrastructure', () => {
  expect(parseConfigFile('engine: fargate\nfargate: { subnets: [subnet-1] }', PATH)).toMatchObject({
    engine: 'fargate',
    fargate: {
      cluster: 'batchquery-fg',
      taskDefinition: 'batchquery',
      subnets: ['subnet-1'],
      assignPublicIp: false,
      spot: false,
    },
  })
})

test('the examples of the operations page are valid', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../../../docs/operations.md'), 'utf8')
  const files = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) =>
    parseConfigFile(yaml.replaceAll(/^( +)# (\w+:.*)$/gm, '$1$2'), PATH),
  )
  expect(files.find(({ engine }) => engine === 'fargate')).toMatchObject({
    engine: 'fargate',
    store: 's3',
    fargate: {
      ...{ cluster: 'batchquery-fg', container: 'batchquery', cpu: 1024, memory: 2048, spot: true },
      prices: { spotDiscount: 0.7, currency: 'USD' },
    },
  })
})

describe('an invalid file is refused with file, line and key', () => {
  test.each([
    ['bucket: b\nbuckets: c', 'line 2: unknown key buckets'],
    ['databases:\n  main:\n    url: duckdb:x\n    usr: y', 'line 4: unknown key databases.main.usr'],
    ['bucket: 7', 'line 1: bucket: expected string, found 7'],
    ['bucket: [a]', 'line 1: bucket: expected string, found Array'],
    ['bucket: ""', 'line 1: bucket: is empty'],
    ['\nstore: s3://b', 'line 2: store: "s3://b" is not a store. Write s3 for'],
    ['bucket: b\nstore: S3', 'line 2: store: "S3" is not a store. Write s3 for'],
    ['bucket: b\nstore: s4', 'line 2: store: "s4" is not a store. Write s3 for'],
    ['bucket: b\nstore: ~/x', 'line 2: store: "~/x" is not a store. Write the whole path'],
    ['engine: lambda', 'line 1: engine: expected ("local" | "container" | "fargate"), found "lambda"'],
    ['engine: fargate\nfargate: {}', 'line 2: fargate.subnets is missing'],
    ['fargate:\n  subnets: [a]\n  subnet: b', 'line 3: unknown key fargate.subnet'],
    ['fargate: { subnets: [] }', 'line 1: fargate.subnets: is empty'],
    ['fargate: { subnets: [a, 7] }', 'line 1: fargate.subnets.1: expected string, found 7'],
    ['fargate: { subnets: [a], cpu: half }', 'line 1: fargate.cpu: expected number, found "half"'],
    ['fargate: { subnets: [a], prices: { vcpuHour: 1 } }', 'line 1: fargate.prices.gbHour is missing'],
    [
      'fargate:\n  subnets: [a]\n  prices:\n    vcpuHour: -1\n    gbHour: 1',
      'line 4: fargate.prices.vcpuHour: is less than 0',
    ],
    [
      'fargate: { subnets: [a], prices: { vcpuHour: 1, gbHour: 1, spotDiscount: 70 } }',
      'line 1: fargate.prices.spotDiscount: is more than 1',
    ],
    [
      'fargate: { subnets: [a], prices: { vcpuHour: 1, gbHour: 1, currency: $ } }',
      'line 1: fargate.prices.currency: is not a currency code such as USD',
    ],
    [
      'fargate: { subnets: [a], prices: { vcpuHour: a, gbHour: 1 } }',
      'line 1: fargate.prices.vcpuHour: expected number, found "a"',
    ],
    ['fargate: [a]', 'line 1: fargate: expected keys with values'],
    ['- bucket', 'line 1: the file: expected keys with values'],
    ['databases: [{ url: "duckdb:x" }]', 'line 1: databases: expected keys with values'],
    ['databases:\n  main: {}', 'line 2: databases.main.url is missing'],
    ['databases:\n  main: mysql://u@h/d', 'line 2: databases.main: expected keys with values'],
    ['databases:\n  "a:b": { url: duckdb:x }', 'line 2: databases.a:b: a name has'],
    [
      'databases:\n  main: { url: "oracle:x" }',
      'line 2: databases.main.url: database "oracle:x": this is no',
    ],
    ['bucket: b\ndatabase: nosuch', 'line 2: database: "nosuch" is not a name under databases'],
    ['bucket: a\nbucket: b', 'line 2: the key "bucket" appears twice'],
    ['bucket: [a', 'not YAML'],
    ['bucket: b\nstore: !env X', 'line 2: not YAML: Unresolved tag'],
    ['a: *nosuch', 'line 1: not YAML: '],
    ['bucket: a\n---\nbucket: b', 'not YAML: Source contains multiple documents'],
  ])('%j', (text, message) => {
    expect(() => parseConfigFile(text, PATH)).toThrow(refused(message))
    expect(() => parseConfigFile(text, PATH)).toThrow(refused(`${PATH}, line `))
  })

  test.each([
    'databases:\n  main: mysql://u:geheim@h/d',
    'databases:\n  main: { url: "mysql://u:geheim@h/d?nosuch=1" }',
    'database: mysql://u:geheim@h/d?nosuch=1',
    'database: "mysql://u:geheim@h/d',
    'engine: mysql://u:geheim@h/d',
  ])('and without a password: %j', text => {
    expect(() => parseConfigFile(text, PATH)).toThrow(refused('line'))
    expect(() => parseConfigFile(text, PATH)).not.toThrow(/geheim/)
  })
})

describe('variables', () => {
  const read = (text: string, environment?: NodeJS.ProcessEnv) =>
    parseConfigFile(text, PATH, environment === undefined ? {} : { environment })

  test(`\${NAME} in a value becomes the value in the environment`, () => {
    const text = [
      `bucket: data-\${ENV}-\${REGION}`,
      `store: "\${ROOT}/store"`,
      `engine: \${ENGINE}`,
      'databases:',
      `  main: { url: "mysql://\${DB_USER}@\${DB_HOST}/db?passwordFile=\${ROOT}/pw" }`,
      `fargate: { subnets: ["\${SUBNET}"], cluster: c }`,
    ].join('\n')
    const environment = {
      ...{ ENV: 'prod', REGION: 'eu', ROOT: '/srv/data', ENGINE: 'container' },
      ...{ DB_USER: 'ada', DB_HOST: 'db.example.com', SUBNET: 'subnet-1' },
    }
    expect(read(text, environment)).toMatchObject({
      bucket: 'data-prod-eu',
      store: '/srv/data/store',
      engine: 'container',
      databases: new Map([['main', 'mysql://ada@db.example.com/db?passwordFile=%2Fsrv%2Fdata%2Fpw']]),
      fargate: { subnets: ['subnet-1'] },
    })
  })

  test('the value of a variable is no YAML, and is not filled in again', () => {
    expect(read(`bucket: \${A}`, { A: 'a # b: c' }).bucket).toBe('a # b: c')
    expect(read(`bucket: \${A}`, { A: `\${B}`, B: 'b' }).bucket).toBe(`\${B}`)
  })

  test('variables below stack are left to batchquery-cdk', () => {
    expect(read(`stack: { name: a, more: "\${NOSUCH}" }`, {}).stack).toBe('a')
  })

  test.each([
    [`bucket: b\nstore: \${NOSUCH}/x`, `line 2: "\${NOSUCH}": the variable is not set, or it is empty`],
    [`bucket: \${EMPTY}`, `line 1: "\${EMPTY}": the variable is not set, or it is empty`],
    [`bucket: \${A:-x}`, `"\${..." does not have the form \${NAME}`],
    [`bucket: \${}`, `"\${..." does not have the form \${NAME}`],
    [`bucket: "\${A"`, `"\${..." does not have the form \${NAME}`],
    [`databases: { main: { url: "mysql://u:\${PASS}@h/db" } }`, `"\${PASS}": the variable is not set`],
  ])('%j is refused', (text, message) => {
    expect(() => read(text, { EMPTY: '', A: 'a' })).toThrow(refused(message))
  })

  test('variables are refused in a text that other users wrote', () => {
    expect(() => parseConfigFile(`bucket: \${HOME}`, PATH, { isTolerant: true })).toThrow(
      refused(`a runner does not fill in "\${HOME}" from its environment`),
    )
  })
})

describe('findConfigFile', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'batchquery-config-'))
    onTestFinished(() => rm(root, { recursive: true }))
    await mkdir(join(root, 'project/deep/er'), { recursive: true })
  })
  const write = (path: string, text: string) => writeFile(join(root, path), text)
  const bucketFrom = async (folder: string, named?: string) =>
    (await findConfigFile(named, join(root, folder), {}))?.bucket

  test('prefers the folder to its parents', async () => {
    await write('project/batchquery.yaml', 'bucket: parent')
    expect(await bucketFrom('project')).toBe('parent')
    expect(await bucketFrom('project/deep/er')).toBe('parent')
    await write('project/deep/er/batchquery.yaml', 'bucket: own')
    expect(await bucketFrom('project/deep/er')).toBe('own')
  })

  test('does not look above the root of the repository', async () => {
    await write('batchquery.yaml', 'bucket: above')
    expect(await bucketFrom('project/deep')).toBe('above')
    await mkdir(join(root, 'project/.git'))
    expect(await bucketFrom('project/deep')).toBeUndefined()
    await write('project/batchquery.yaml', 'bucket: root')
    expect(await bucketFrom('project/deep')).toBe('root')
  })

  test('finds batchquery.yml, and refuses both names', async () => {
    await write('project/batchquery.yml', 'bucket: other')
    expect(await bucketFrom('project/deep')).toBe('other')
    await write('project/batchquery.yaml', 'bucket: usual')
    await expect(bucketFrom('project/deep')).rejects.toThrow(
      refused(`${join(root, 'project')} has both batchquery.yaml and batchquery.yml`),
    )
    expect(await bucketFrom('project/deep', '../batchquery.yml')).toBe('other')
  })

  test('reads a file with a byte order mark', async () => {
    await write('project/batchquery.yaml', '\ufeffbucket: marked\r\nengine: local\r\n')
    expect(await bucketFrom('project')).toBe('marked')
  })

  test('reads only the named file', async () => {
    await write('project/batchquery.yaml', 'bucket: parent')
    await write('other.yaml', 'bucket: named')
    expect(await bucketFrom('project', '../other.yaml')).toBe('named')
    await expect(bucketFrom('project', 'nosuch.yaml')).rejects.toThrow(
      refused(`cannot read ${join(root, 'project/nosuch.yaml')}`),
    )
  })

  test('refuses bytes that are no text', async () => {
    await writeFile(join(root, 'batchquery.yaml'), Buffer.from([0xff, 0xfe, 0x00]))
    await expect(bucketFrom('.')).rejects.toThrow(refused('batchquery.yaml: '))
  })

  test('makes defaults relative to the file, for every folder of the project', async () => {
    await write('project/batchquery.yaml', 'bucket: b')
    const folder = join(root, 'project/deep')
    expect(readSettings({}, {}, folder, await findConfigFile(undefined, folder, {}))).toMatchObject({
      store: join(root, 'project/.batchquery/store'),
      database: `duckdb:${join(root, 'project/.batchquery/db01.duckdb')}`,
      shownDatabase: null,
      isDefault: false,
    })
  })
})
