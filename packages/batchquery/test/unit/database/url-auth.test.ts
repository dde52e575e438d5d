import { describe, expect, test } from 'vitest'
import { rdsRegion } from '../../../src/database/rds-host.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'

const ID = 'c9akciq32rqx'
const INSTANCE = `db01.${ID}.us-east-1.rds.amazonaws.com`
const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-0a1b2c-AbCdEf'

describe('the region of a host', () => {
  test.each([
    [INSTANCE, 'us-east-1'],
    [`db01cl.cluster-${ID}.ap-northeast-1.rds.amazonaws.com`, 'ap-northeast-1'],
    [`db01cl.cluster-ro-${ID}.eu-central-1.rds.amazonaws.com`, 'eu-central-1'],
    [`reports.cluster-custom-${ID}.us-gov-west-1.rds.amazonaws.com`, 'us-gov-west-1'],
    [`pool.proxy-${ID}.us-west-2.rds.amazonaws.com`, 'us-west-2'],
    [`reader.endpoint.proxy-${ID}.us-west-2.rds.amazonaws.com`, 'us-west-2'],
    [`db01.${ID}.rds.cn-north-1.amazonaws.com.cn`, 'cn-north-1'],
    [`db01.${ID}.cn-northwest-1.rds.amazonaws.com.cn`, 'cn-northwest-1'],
    [`DB01.${ID}.US-EAST-1.RDS.AMAZONAWS.COM.`, 'us-east-1'],
  ])('%s', (host, region) => {
    expect(rdsRegion(host)).toBe(region)
  })

  test.each([
    'db.example.com',
    'localhost',
    '10.0.0.1',
    `db01.global-${ID}.global.rds.amazonaws.com`,
    `${INSTANCE}.example.com`,
    `db01.${ID}.us-east-1.rds.amazonaws.com.evil.cn`,
    'rds.amazonaws.com',
    'us-east-1xrds.amazonaws.com',
  ])('%s has none', host => {
    expect(rdsRegion(host)).toBeNull()
  })
})

const authOf = (url: string) => parseDatabaseUrl(url).auth

describe('auth=iam', () => {
  test.each(['mysql', 'postgres'])('%s: signs for the region of the host, over verified TLS', scheme => {
    const url = parseDatabaseUrl(`${scheme}://batchquery@${INSTANCE}/db01?auth=iam`)
    expect(url).toMatchObject({ auth: { kind: 'iam', region: 'us-east-1' }, sslMode: 'verify-full' })
  })

  test('region= is for a host that names none', () => {
    const region = { kind: 'iam', region: 'eu-west-1' }
    expect(authOf('mysql://u@10.0.0.7/d?auth=iam&region=eu-west-1')).toEqual(region)
    const global = `db01.global-${ID}.global.rds.amazonaws.com`
    expect(authOf(`mysql://u@${global}/d?auth=iam&region=eu-west-1`)).toEqual(region)
  })

  test('on loopback, which may be a tunnel, TLS is not left out without a word', () => {
    expect(parseDatabaseUrl('mysql://u@127.0.0.1/d?auth=iam&region=eu-west-1').sslMode).toBe('verify-full')
    const plain = 'mysql://u@127.0.0.1/d?auth=iam&region=eu-west-1&sslmode=disable'
    expect(parseDatabaseUrl(plain).sslMode).toBe('disable')
  })

  test.each([
    ['a host of one’s own', 'u@db.example.com/d?auth=iam', 'needs an RDS endpoint'],
    ['another region than the host', `u@${INSTANCE}/d?auth=iam&region=eu-west-1`, 'region=eu-west-1'],
    ['no region at all', `u@db.example.com/d?auth=iam&region=mars`, 'region="mars" is not a region'],
    ['no TLS', `u@${INSTANCE}/d?auth=iam&sslmode=disable`, 'without TLS'],
    ['TLS that checks nothing', `u@${INSTANCE}/d?auth=iam&sslmode=require`, 'does not verify the server'],
    ['no user', `${INSTANCE}/d?auth=iam`, 'needs a user'],
    ['a password too', `u:p@${INSTANCE}/d?auth=iam`, 'and a password'],
    ['a password file too', `u@${INSTANCE}/d?auth=iam&passwordFile=p`, 'and a password'],
    ['a socket', `u@${INSTANCE}/d?auth=iam&region=us-east-1&socket=/run/m.sock`, 'and a socket'],
  ])('%s is refused', (_, rest, why) => {
    for (const scheme of ['mysql', 'postgres']) expect(refusalOf(`${scheme}://${rest}`)).toContain(why)
  })
})

describe('auth=secret', () => {
  test.each([
    ['an ARN has the region', ARN, '', 'eu-west-1'],
    ['an ARN and region= agree', ARN, '&region=eu-west-1', 'eu-west-1'],
    ['a name has the region of region=', 'prod/db01', '&region=us-east-2', 'us-east-2'],
    ['a name has the region of the settings of AWS', 'prod/db01', '', null],
    [
      'an ARN in China has the region',
      ARN.replace('aws', 'aws-cn').replace('eu-west', 'cn-north'),
      '',
      'cn-north-1',
    ],
  ])('%s', (_, secret, more, region) => {
    const auth = authOf(`mysql://db.example.com/d?auth=secret&secret=${encodeURIComponent(secret)}${more}`)
    expect(auth).toEqual({ kind: 'secret', secret, region })
  })

  test.each([
    ['no secret', 'h/d?auth=secret', 'needs a secret'],
    ['a secret without auth=secret', `h/d?secret=${ARN}`, 'needs auth=secret'],
    [
      'the region of another',
      `h/d?auth=secret&secret=${ARN}&region=us-east-1`,
      'is not the region of the secret',
    ],
    [
      'an ARN of something else',
      'h/d?auth=secret&secret=arn:aws:s3:::bucket',
      'neither an ARN nor the name of a secret',
    ],
    ['a password too', `u:p@h/d?auth=secret&secret=${ARN}`, 'and a password'],
  ])('%s is refused', (_, rest, why) => {
    expect(refusalOf(`postgres://${rest}`)).toContain(why)
  })
})

test('a URL without auth= means a password, and the parser refuses other words', () => {
  expect(authOf('mysql://u@h/d')).toEqual({ kind: 'password' })
  expect(authOf('mysql://u@h/d?auth=password')).toEqual({ kind: 'password' })
  expect(refusalOf('mysql://u@h/d?auth=kerberos')).toContain('auth="kerberos" is not a way to log in')
  expect(refusalOf('mysql://u@h/d?region=us-east-1')).toContain('needs auth=iam or auth=secret')
})

/** What is said of a URL that cannot be used. */
function refusalOf(url: string): string {
  try {
    parseDatabaseUrl(url)
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG', hint: expect.any(String) })
    return String(error)
  }
  return 'it was taken'
}

test.each(['-1', '1.5', '3601', 'soon', '1e3'])(
  'a URL is refused when its connect_timeout is %s',
  seconds => {
    const url = `mysql://u@h/db?connect_timeout=${seconds}`
    expect(() => parseDatabaseUrl(url)).toThrow(`connect_timeout="${seconds}" is not a number of seconds`)
  },
)
