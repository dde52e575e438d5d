import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { passwordCredentials } from '../../../src/database/password-credentials.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'

/** A home folder with one file. */
async function homeWith(name: string, content: string, mode = 0o600): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'batchquery-home-'))
  onTestFinished(() => rm(home, { recursive: true }))
  await writeFile(join(home, name), content)
  await chmod(join(home, name), mode)
  return home
}

async function passwordOf(url: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  return (await passwordCredentials(parseDatabaseUrl(url), environment).read()).password
}

describe('~/.pgpass', () => {
  test.each([
    ['postgres://u@h/d', 'h:5432:d:u:geheim', 'geheim'],
    ['postgres://u@h:5433/d', 'h:5432:d:u:wrong\nh:5433:d:u:geheim', 'geheim'],
    ['postgres://u@h/d', '*:*:*:*:geheim', 'geheim'],
    ['postgres://u@h/d', '# h:5432:d:u:wrong\n\nh:*:*:u:geheim\n*:*:*:*:later', 'geheim'],
    ['postgres://u@h/d', String.raw`h:5432:d:u:a\:b\\c`, String.raw`a:b\c`],
    ['postgres://u@h/d', 'h:5432:d:u:geheim\r\n', 'geheim'],
    ['postgres://u@h/d', 'h:5432:d:other:wrong', null],
    ['postgres://u@h/d', 'h:5432:d:u', null],
    ['postgres://u@h', 'h:5432:u:u:geheim', 'geheim'],
    ['postgres://u@localhost/d?socket=/run/postgresql', 'localhost:*:*:*:geheim', 'geheim'],
  ])('has the password for %s in the first matching line of %j', async (url, content, expected) => {
    expect(await passwordOf(url, { HOME: await homeWith('.pgpass', content) })).toBe(expected)
  })

  test('is read from PGPASSFILE if that is set, and not at all if PGPASSWORD is set', async () => {
    const home = await homeWith('other', '*:*:*:*:geheim')
    const environment = { HOME: '/nonexistent', PGPASSFILE: join(home, 'other') }
    expect(await passwordOf('postgres://u@h/d', environment)).toBe('geheim')
    expect(await passwordOf('postgres://u@h/d', { ...environment, PGPASSWORD: 'first' })).toBe('first')
  })

  test('is ignored when other users can read it, and the refused login says so', async () => {
    const home = await homeWith('.pgpass', '*:*:*:*:geheim', 0o640)
    const credentials = passwordCredentials(parseDatabaseUrl('postgres://u@h/d'), { HOME: home })
    const identity = await credentials.read()
    expect(identity.password).toBeNull()
    const error = new BatchQueryError('AUTHENTICATION', 'refused')
    expect(credentials.explain({ identity, error, askedForClearText: false })).toMatchObject({
      code: 'AUTHENTICATION',
      message: 'refused',
      hint: `${home}/.pgpass is ignored, because other users have rights on it: chmod 600 ${home}/.pgpass.`,
    })
  })
})

describe('~/.my.cnf', () => {
  test.each([
    ['mysql://u@h/d', '[client]\npassword=geheim\n', 'geheim'],
    ['mysql://u@h/d', '[client]\nuser = u\nhost = h\npassword = "ge#heim"\n', 'ge#heim'],
    ['mysql://u@h/d', '[client]\npassword = geheim # of May\n', 'geheim'],
    ['mysql://u@h/d', "[client]\npassword = 'a\\sb\\\\c'", String.raw`a b\c`],
    ['mysql://u@h/d', '[mysqldump]\npassword=wrong\n[client]\npassword=one\npassword=geheim\n', 'geheim'],
    ['mysql://u@h/d', '[client]\nuser=other\npassword=wrong\n', null],
    ['mysql://u@h/d', '[client]\nhost=other\npassword=wrong\n', null],
    ['mysql://u@h/d', '[mysql]\npassword=wrong\n', null],
    ['mysql://u@h/d', '# [client]\npassword=wrong\n', null],
    ['mariadb://u@h/d', '[client]\r\npassword=geheim\r\n', 'geheim'],
  ])('has the password for %s in the group [client] of %j', async (url, content, expected) => {
    expect(await passwordOf(url, { HOME: await homeWith('.my.cnf', content) })).toBe(expected)
  })

  test('is ignored when other users can write it', async () => {
    const home = await homeWith('.my.cnf', '[client]\npassword=geheim', 0o646)
    expect(await passwordOf('mysql://u@h/d', { HOME: home })).toBeNull()
  })
})

test.each(['mysql', 'postgres'])(
  'a login of %s has no password when the home folder has no file',
  async scheme => {
    expect(await passwordOf(`${scheme}://u@h/d`, { HOME: '/nonexistent' })).toBeNull()
  },
)
