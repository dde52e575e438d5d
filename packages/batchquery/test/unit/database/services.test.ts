import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readSettings } from '../../../src/config/index.ts'
import { parseConfigFile } from '../../../src/config/parse-config-file.ts'
import { withService } from '../../../src/database/services.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'

async function folderWith(name: string, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-home-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), content)
  return folder
}

const home = (content: string) => folderWith('.pg_service.conf', content)

const SALES = '[sales]\nhost=db.example.com\nport=5433\ndbname=sales\nuser=reader\npassword=a:b@c\n'

describe('a service', () => {
  test.each([
    ['postgres://?service=sales', 'postgres://reader:a%3Ab%40c@db.example.com:5433/sales'],
    ['postgresql:///?service=sales', 'postgresql://reader:a%3Ab%40c@db.example.com:5433/sales'],
    [
      'postgres:///other?sslmode=disable&service=sales',
      'postgres://reader:a%3Ab%40c@db.example.com:5433/other?sslmode=disable',
    ],
    ['postgres://me@replica/?service=sales', 'postgres://me:a%3Ab%40c@replica:5433/sales'],
    [
      'postgres://?service=sales&passwordFile=p',
      'postgres://reader@db.example.com:5433/sales?passwordFile=p',
    ],
    ['postgres://?service=sales&auth=iam', 'postgres://reader@db.example.com:5433/sales?auth=iam'],
    ['postgres://u@h/d', 'postgres://u@h/d'],
    ['mysql://u@h/d?service=sales', 'mysql://u@h/d?service=sales'],
    ['duckdb:?service=sales', 'duckdb:?service=sales'],
  ])('completes %s', async (text, expected) => {
    expect(withService(text, { HOME: await home(SALES) })).toBe(expected)
  })

  test.each([
    ['[x]\nhost=h\n', { host: 'h', port: 5432, name: '', user: '', password: null, sslMode: 'verify-full' }],
    ['# c\n\n  [x]  \r\n  host=h \r\nhost=later\n# dbname=no\n[y]\ndbname=no\n', { host: 'h', name: '' }],
    ['[xx]\nhost=no\n[x]\nhost=h\n[x]\nport=1\n', { host: 'h', port: 5432 }],
    ['[x]\nhost=/run/postgresql\nport=5433\n', { socket: '/run/postgresql', port: 5433 }],
    ['[x]\nhost=::1\n', { host: '::1', sslMode: 'disable' }],
    [
      '[x]\nhost=h\nsslmode=verify-ca\nsslrootcert=/ca.pem\nconnect_timeout=5\nsslnegotiation=direct\n',
      {
        sslMode: 'verify-ca',
        sslRootCert: '/ca.pem',
        retryMs: 5000,
        own: new Map([['sslnegotiation', 'direct']]),
      },
    ],
    [
      '[x]\nhost=h\nuser=a@b\ndbname=d/e f\npassword= "p" #\n',
      {
        user: 'a@b',
        name: 'd/e f',
        password: ' "p" #',
      },
    ],
  ])('%j is read as libpq reads it', async (content, expected) => {
    const url = withService('postgres://?service=x', { HOME: await home(content) })
    expect(parseDatabaseUrl(url)).toMatchObject(expected)
  })

  test.each([
    ['[y]\nhost=h\n', 'there is no service "x"'],
    ['[x]\nservice=y\n', 'line 2: batchquery does not know the key "service"'],
    ['[x]\nhost=h\noptions=-c a=b\n', 'line 3: batchquery does not know the key "options"'],
    ['[x]\nhost = h\n', 'line 2: there is a space after host'],
    ['[x]\nhost\n', 'line 2: there is no = in the line'],
    ['[x]\nse cret=h\n', 'line 2: batchquery does not know the key in it'],
    ['[x]\nldap://directory/\n', 'line 2: batchquery does not ask LDAP servers'],
    ['[x]\ndbname=d\n', 'service "x": it has no host'],
    ['[x]\nhost=a,b\n', 'service "x": host="a,b" is not a single host'],
    ['[x]\nhost=h\nport=1,2\n', 'service "x": port="1,2" is not a port'],
    ['[x]\nhost=h\nsslmode=require\n', 'service "x": sslmode=require does not verify the server'],
    ['[x]\nhost=h\nsslrootcert=system\n', 'service "x": sslrootcert=system does not name a file'],
    [`[x]\nhost=${'h'.repeat(2000)}\n`, 'line 2: the line is too long'],
  ])('%j is refused', async (content, why) => {
    const folder = await home(content)
    expect(() => withService('postgres://?service=x', { HOME: folder })).toThrow(
      expect.objectContaining({ code: 'CONFIG', message: expect.stringContaining(why) }),
    )
  })

  test('sslmode of the URL has precedence over that of the service', async () => {
    const environment = { HOME: await home('[x]\nhost=h\nsslmode=require\n') }
    expect(withService('postgres://?service=x&sslmode=verify-full', environment)).toBe(
      'postgres://h/?sslmode=verify-full',
    )
  })
})

test('a service comes from PGSERVICEFILE, which must exist, or ~/.pg_service.conf, then from PGSYSCONFDIR', async () => {
  const common = await folderWith('pg_service.conf', '[x]\nhost=common\n[y]\nhost=common\n')
  const HOME = await home('[x]\nhost=own\n')
  const hostOf = (name: string, environment: NodeJS.ProcessEnv) =>
    parseDatabaseUrl(withService(`postgres://?service=${name}`, environment)).host
  expect(hostOf('x', { HOME, PGSYSCONFDIR: common })).toBe('own')
  expect(hostOf('y', { HOME, PGSYSCONFDIR: common })).toBe('common')
  expect(hostOf('x', { HOME, PGSERVICEFILE: join(common, 'pg_service.conf') })).toBe('common')
  expect(() => hostOf('x', { HOME, PGSERVICEFILE: join(HOME, 'missing') })).toThrow(
    /service file .*missing cannot be read/,
  )
})

test('PGSERVICE names the service of a URL without a host', async () => {
  const environment = { HOME: await home(SALES), PGSERVICE: 'sales' }
  const settings = (database: string) => readSettings({ database }, environment, '/')
  expect(settings('postgres:').database).toBe('postgres://reader:a%3Ab%40c@db.example.com:5433/sales')
  expect(settings('postgres:///other').database).toContain('db.example.com:5433/other')
  expect(settings('postgres://u@h/d').database).toBe('postgres://u@h/d')
  expect(settings('postgres:').shownDatabase).toBe('postgres:')
})

test('a database of batchquery.yaml may name a service, which is read when a task uses the database', async () => {
  const yaml =
    'databases: { main: { url: "postgres://?service=sales&sslrootcert=ca.pem", connectTimeout: 5 } }'
  const file = parseConfigFile(yaml, '/project/batchquery.yaml')
  const HOME = await home(SALES)
  const read = (environment: NodeJS.ProcessEnv, database?: string) =>
    readSettings({ database }, environment, '/', file)
  expect(read({ HOME }, 'main')).toMatchObject({
    shownDatabase: 'main',
    database:
      'postgres://reader:a%3Ab%40c@db.example.com:5433/sales?sslrootcert=%2Fproject%2Fca.pem&connect_timeout=5',
  })
  expect(read({ HOME: '/nonexistent' }).database).toContain('duckdb:')
  expect(() => read({ HOME: '/nonexistent' }, 'main')).toThrow('there is no service "sales"')
})
