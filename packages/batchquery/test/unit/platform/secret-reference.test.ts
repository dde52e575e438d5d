import { expect, test } from 'vitest'
import { isSecretReference, parseSecretReference } from '../../../src/platform/index.ts'

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/api-AbCdEf'
const CHINA = ARN.replace('aws', 'aws-cn')

test.each([
  [ARN, ARN, null],
  [`${ARN}#token`, ARN, 'token'],
  [`${ARN}#a#b c`, ARN, 'a#b c'],
  [CHINA, CHINA, null],
])('the parser reads %s', (text, arn, key) => {
  expect(parseSecretReference(`secret:${text}`, '-p token')).toEqual({ arn, region: 'us-east-1', key })
})

test.each([
  '',
  `${ARN}#`,
  ARN.replace('123456789012', '1'),
  ARN.replace('us-east-1', ''),
  `${ARN} `,
  'arn:aws:s3:::b',
])('the parser refuses %j', text => {
  expect(() => parseSecretReference(`secret:${text}`, '-p token')).toThrow(
    /^-p token: .*does not name a secret/,
  )
})

test('only a text that begins like an ARN is a reference, because other texts may begin with secret:', () => {
  const taken = [`secret:${ARN}`, 'secret:arn:']
  const others = ['secret: arn:', 'secret:x', `Secret:${ARN}`, ARN]
  expect([...taken, ...others].filter(isSecretReference)).toEqual(taken)
})
