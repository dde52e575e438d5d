import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { passwordCredentials } from '../../../src/database/password-credentials.ts'
import { readSecret } from '../../../src/database/secret-text.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'

const BOM = '\ufeff'
const PASSWORD = 'geheim'

/** The login that a password file makes. */
async function passwordIn(content: string | Uint8Array): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-password-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'pw')
  await writeFile(file, content)
  const url = parseDatabaseUrl(`mysql://u@h/db?passwordFile=${file}`)
  return (await passwordCredentials(url, {}).read()).password
}

describe('a passwordFile', () => {
  test.each([
    PASSWORD,
    `${PASSWORD}\n`,
    `${PASSWORD}\r\n`,
    `${PASSWORD}\r`,
    `${PASSWORD}\n# rotated in May\n`,
  ])('%j has the password in its first line', async content => {
    expect(await passwordIn(content)).toBe(PASSWORD)
  })

  test.each<[content: string | Uint8Array, why: string]>([
    ['', 'is empty'],
    ['\n', 'has an empty first line'],
    [`\r\n${PASSWORD}\r\n`, 'has an empty first line'],
    [`${BOM}${PASSWORD}`, 'begins with a byte order mark (BOM)'],
    [BOM, 'begins with a byte order mark (BOM)'],
    [Buffer.from(`${BOM}${PASSWORD}`, 'utf16le'), 'is UTF-16'],
    [Buffer.from(`p\xe4ss`, 'latin1'), 'is not UTF-8'],
    [`${PASSWORD}\0`, 'has a NUL character'],
  ])('%j is refused, which no server would know as a password', async (content, why) => {
    const read = passwordIn(content)
    await expect(read).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/^passwordFile ".*\/pw" /),
      hint: expect.stringContaining('UTF-8 without BOM'),
    })
    await expect(read).rejects.toThrow(why)
    await expect(read).rejects.not.toThrow(PASSWORD)
  })
})

test.each([
  ['mysql', 'MYSQL_PWD'],
  ['postgres', 'PGPASSWORD'],
])('the login of %s refuses a byte order mark in %s', async (scheme, variable) => {
  const read = passwordCredentials(parseDatabaseUrl(`${scheme}://u@h/db`), {
    [variable]: BOM + PASSWORD,
  }).read()
  await expect(read).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringContaining(`the variable ${variable} begins with a byte order mark`),
  })
})

describe('a secret of Secrets Manager', () => {
  const read = (text: string) =>
    readSecret(text, parseDatabaseUrl('mysql://u@h/db?auth=secret&secret=s'), 's')

  test.each([
    PASSWORD,
    `${PASSWORD}\n`,
    `{"username":"u","password":"${PASSWORD}"}`,
    ` {"password":"${PASSWORD}"}`,
  ])('%j has the password', text => {
    expect(read(text)).toEqual({ user: 'u', password: PASSWORD })
  })

  test.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    [`${BOM}${PASSWORD}`, 'begins with a byte order mark'],
    [`${BOM}{"password":"${PASSWORD}"}`, 'begins with a byte order mark'],
    [`${PASSWORD}\nsecond\n`, 'its password has several lines'],
    ['{"password":""}', 'it has no password'],
  ])('%j is refused, and not repeated', (text, why) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG', message: expect.stringContaining(why) }),
    )
    expect(() => read(text)).not.toThrow(PASSWORD)
  })
})
