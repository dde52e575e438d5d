import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../../src/database/url.ts'

test('the parser accepts the URLs of the page on logins, with verified TLS', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../../../docs/login.md'), 'utf8')
  const urls = [...page.matchAll(/^ {4}((?:mysql|postgres):\/\/.*)$/gm)].map(([, url]) =>
    parseDatabaseUrl(url),
  )
  expect(urls.map(({ auth, sslMode }) => [auth.kind, 'region' in auth && auth.region, sslMode])).toEqual([
    ['iam', 'us-east-1', 'verify-full'],
    ['iam', 'eu-west-1', 'verify-full'],
    ['iam', 'eu-west-1', 'verify-full'],
    ['secret', 'us-east-1', 'verify-full'],
    ['secret', 'us-east-1', 'verify-full'],
  ])
})
