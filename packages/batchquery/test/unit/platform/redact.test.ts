import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { redact, redactUrl } from '../../../src/platform/index.ts'
import { survive } from '../hostile/attack.ts'

describe('redactUrl', () => {
  test.each([
    ['mysql://user:pass@host:3306/db', 'mysql://user:***@host:3306/db'],
    ['mysql://user:p@ss/w:rd?#@host/db', 'mysql://user:***@host/db'],
    ['mysql://user:two words@host/db', 'mysql://user:***@host/db'],
    ['postgres://:pass@host', 'postgres://:***@host'],
    ['mysql://user@server:pass@host/db', 'mysql://user@server:***@host/db'],
    ['mysql:user:pass@host', 'mysql:user:***@host'],
    ['mysql:/\n/user:pass@host', 'mysql:/\n/user:***@host'],
    ['mysql://us/er:pass@host', 'mysql://us/er:***@host'],
    [`mysql://${'u'.repeat(300)}:pass@host`, `mysql://${'u'.repeat(300)}:***@host`],
    [
      'mysql://user@host:3306/db?password=pass&sslmode=disable',
      'mysql://user@host:3306/db?password=***&sslmode=disable',
    ],
    [
      'https://b.s3.amazonaws.com/k?X-Amz-Signature=00ff&x=1',
      'https://b.s3.amazonaws.com/k?X-Amz-Signature=***&x=1',
    ],
  ])('%s', (url, redacted) => {
    expect(redactUrl(url)).toBe(redacted)
  })

  test.each(['mysql://user@host:3306/db', 's3://bucket/a:b', 'duckdb:./x@y', 'file:///a:b', 'no url'])(
    'leaves %s unchanged',
    url => {
      expect(redactUrl(url)).toBe(url)
      expect(redact(url, [])).toBe(url)
    },
  )
})

describe('redact', () => {
  test('masks the passwords of URLs within a text', () => {
    const text = 'no answer from "mysql://u:p@ss@h/db" nor postgres://v:q@i, see mysql://w@j:3306/db'
    expect(redact(text, [])).toBe(
      'no answer from "mysql://u:***@h/db" nor postgres://v:***@i, see mysql://w@j:3306/db',
    )
  })

  test('masks a secret that is the beginning of another', () => {
    expect(redact('abcdef abcd', ['abcd', 'abcdef'])).toBe('*** ***')
  })

  test.each(['', 'a', 'ab', 'abc', '日本語', '🎼🎼🎼'])('masks no secret as short as %j', secret => {
    const text = `ab abc ${secret} ${encodeURIComponent(secret)}`
    expect(redact(text, [secret])).toBe(text)
  })

  test('masks a secret of four characters', () => {
    expect(redact('abcd 🎼🎼🎼🎼', ['abcd', '🎼🎼🎼🎼'])).toBe('*** ***')
  })

  test('masks the beginning of a secret that was cut', () => {
    const secret = '0123456789abcdef'
    expect(redact(`near '${secret.slice(0, 12)}' at line 1`, [secret])).toBe("near '***' at line 1")
    expect(redact(`${secret.slice(0, 8)}… ${secret.slice(0, 7)}`, [secret])).toBe('***… 0123456')
  })

  test('masks a secret in all its spellings', () => {
    const secret = fc.string({ unit: 'binary', minLength: 4 }).filter(text => !text.includes('*'))
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        for (const written of [value, JSON.stringify(value), encodeURIComponent(value)]) {
          expect(redact(`${before}${written}${after}`, ['', value])).not.toContain(value)
        }
      }),
    )
  })

  test('takes little CPU time for a hostile text', () => {
    for (const piece of [
      '://a:',
      '://',
      'a:',
      '@',
      '?password=',
      'mysql:',
      'mysql:\t',
      'mysql:/',
      '01234567',
    ]) {
      survive(() => redact(piece.repeat(200_000), ['0123456789', '00000000']))
    }
  })
})
