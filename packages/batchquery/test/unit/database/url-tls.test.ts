import { expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../../src/database/url.ts'

test('server-public-key-path and sslnegotiation are read from the URL', () => {
  const mysql = parseDatabaseUrl('mysql://u@db/x?sslmode=disable&server-public-key-path=/run/key.pem')
  expect([...mysql.own]).toEqual([['server-public-key-path', '/run/key.pem']])
  const postgres = parseDatabaseUrl('postgres://u@db/x?sslnegotiation=direct')
  expect([...postgres.own]).toEqual([['sslnegotiation', 'direct']])
  // It is what holds without the setting, so every URL may have it.
  expect([...parseDatabaseUrl('mysql://u@db/x?sslnegotiation=postgres').own]).toEqual([])
})

test.each([
  ['mysql://u@db/x?server-public-key-path=k', 'does nothing with sslmode=verify-full'],
  ['postgres://u@db/x?sslmode=disable&server-public-key-path=k', 'works only with mysql'],
  [
    'mysql://u@127.0.0.1/x?auth=iam&region=us-east-1&sslmode=disable&server-public-key-path=k',
    'does nothing with auth=iam',
  ],
  ['mysql://u@db/x?sslnegotiation=direct', 'works only with postgres'],
  ['postgres://u@db/x?sslmode=disable&sslnegotiation=direct', 'needs TLS'],
  ['postgres://u@localhost/x?sslnegotiation=direct', 'needs TLS'],
  ['postgres://u@db/x?sslnegotiation=requiredirect', 'is neither direct nor postgres'],
])('%s is refused', (url, why) => {
  expect(() => parseDatabaseUrl(url)).toThrow(why)
})
