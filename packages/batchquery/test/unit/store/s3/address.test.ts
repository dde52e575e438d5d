import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatS3Uri, parseS3Uri } from '../../../../src/store/s3/address.ts'

describe('a URI of S3', () => {
  it.each([
    ['s3://batchquery-s3/output/result', { bucket: 'batchquery-s3', key: 'output/result', region: null }],
    ['s3-us-west-2://b/k', { bucket: 'b', key: 'k', region: 'us-west-2' }],
    ['s3-ap-northeast-1://b/k', { bucket: 'b', key: 'k', region: 'ap-northeast-1' }],
    ['s3://b/a b+c%20d?e=f#g', { bucket: 'b', key: 'a b+c%20d?e=f#g', region: null }],
    ['s3://b//a//', { bucket: 'b', key: '/a//', region: null }],
    ['s3://My_Bucket.1/報告\n2', { bucket: 'My_Bucket.1', key: '報告\n2', region: null }],
    ['s3://b/s3://c/d', { bucket: 'b', key: 's3://c/d', region: null }],
  ])('is read from %j', (text, parsed) => {
    expect(parseS3Uri(text)).toEqual(parsed)
    expect(formatS3Uri(parsed, parsed.region)).toBe(text)
  })

  it('is the same after it was written and read', () => {
    const region = fc.constantFrom(null, 'us-east-1', 'eu-central-1')
    const bucket = fc
      .stringMatching(/^[^/]{1,63}$/u)
      .filter(name => name !== '.' && name !== '..' && !name.includes('${'))
    const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(bucket, key, region, (bucket, key, region) => {
        expect(parseS3Uri(formatS3Uri({ bucket, key }, region))).toEqual({ bucket, key, region })
      }),
    )
  })

  it.each([
    '',
    'batchquery-s3/output/result',
    's3:/b/k',
    's3://',
    's3://b',
    's3://b/',
    's3:///k',
    'S3://b/k',
    's3-://b/k',
    's3-us_west://b/k',
    's3-us-west-2-://b/k',
    ' s3://b/k',
    'file:///b/k',
    'https://b.s3.amazonaws.com/k',
  ])('is refused when it is %j', text => {
    expect(() => parseS3Uri(text)).toThrowError(
      expect.objectContaining({
        code: 'USAGE',
        message: `"${text}" is not the address of an object.`,
        hint: expect.stringContaining('s3://BUCKET/KEY'),
      }),
    )
  })

  it.each([
    ['k'.repeat(1025), '1025 bytes'],
    ['é'.repeat(513), '1026 bytes'],
    ['a\ud83d', 'surrogate'],
  ])('is refused when no store can have its key', (key, reason) => {
    expect(() => parseS3Uri(`s3://b/${key}`)).toThrowError(
      expect.objectContaining({ code: 'KEY_INVALID', message: expect.stringContaining(reason) }),
    )
  })
})
