import { describe, expect, test } from 'vitest'
import { agrees, manifestBytes } from '../../../src/export/manifest.ts'
import type { StagedExport } from '../../../src/journal/index.ts'

const part = (rest: string) => ({
  uri: `s3://b/p${rest}`,
  token: { kind: 'x', bucket: 'b', key: `p${rest}`, owner: 'r1', handle: '' },
  ...{ rows: 2, bytes: 10, headerBytes: 0, sha256: 'a'.repeat(64) },
})

const STAGED: StagedExport = {
  uri: 's3://b/p',
  format: 'PARQUET',
  parts: [
    {
      ...part('/day=2026-01-01/na%2Fme=__HIVE_DEFAULT_PARTITION__/part_00000.parquet'),
      statistics: [{ nulls: 1, min: '1', max: '1' }],
    },
    part('/day=/na%2Fme=a%3Db%25ü/part_00000.parquet'),
  ],
  ...{ rows: 4, bytes: 20, overwrite: false, manifest: 's3://b/p.manifest', isLast: true },
  described: {
    ...{ version: '1.0.0', runId: 'r1', statementSha256: 'b'.repeat(64), level: 'single' },
    columns: [
      {
        ...{ name: '__proto__', sourceType: 'int4', writtenType: 'INT32', nullable: true },
        base: { base: 'integer' },
      },
    ],
  },
}

const manifest = JSON.parse(Buffer.from(manifestBytes(STAGED, 'p')).toString())
const bytesOf = (content: unknown) => Buffer.from(JSON.stringify(content))

describe('a manifest of MANIFEST VERBOSE', () => {
  test("has Redshift's fields and ours", () => {
    expect(manifest).toEqual({
      entries: [
        {
          url: STAGED.parts[0].uri,
          meta: {
            ...{ content_length: 10, record_count: 2, sha256: 'a'.repeat(64) },
            partition: { day: '2026-01-01', 'na/me': null },
            columns: [{ name: '__proto__', null_count: 1, min: '1', max: '1' }],
          },
        },
        {
          url: STAGED.parts[1].uri,
          meta: {
            ...{ content_length: 10, record_count: 2, sha256: 'a'.repeat(64) },
            partition: { day: '', 'na/me': 'a=b%ü' },
          },
        },
      ],
      schema: {
        elements: [
          {
            ...{ name: '__proto__', type: { base: 'integer' } },
            ...{ source_type: 'int4', written_type: 'INT32', nullable: true },
          },
        ],
      },
      meta: {
        ...{ content_length: 20, record_count: 4, format: 'PARQUET', compression: null },
        ...{ run_id: 'r1', statement_sha256: 'b'.repeat(64), level: 'single' },
      },
      author: { name: 'batchquery', version: '1.0.0' },
    })
  })

  test('agrees with its export in any form, and with fields that another program added', () => {
    expect(agrees(bytesOf(manifest), STAGED, 'p')).toBe(true)
    expect(agrees(bytesOf({ more: 1, ...manifest, meta: { ...manifest.meta, more: [] } }), STAGED, 'p')).toBe(
      true,
    )
  })

  test.each([
    ['a schema', { ...manifest, schema: { elements: [] } }],
    ['a level', { ...manifest, meta: { ...manifest.meta, level: 'snapshot' } }],
    ['statistics', JSON.parse(JSON.stringify(manifest).replace('"null_count":1', '"null_count":0'))],
    ['a partition', JSON.parse(JSON.stringify(manifest).replace('"day":""', '"day":null'))],
    ['an entry', { ...manifest, entries: manifest.entries.slice(1) }],
    ['no object', []],
  ])('does not agree with its export when %s differs', (_what, changed) => {
    expect(agrees(bytesOf(changed), STAGED, 'p')).toBe(false)
  })

  test('does not agree with its export when it is no JSON', () => {
    expect(agrees(Buffer.from('{"entries": ['), STAGED, 'p')).toBe(false)
  })
})

test('a manifest without VERBOSE has no schema', () => {
  const { described: _, ...plain } = STAGED
  expect(Object.keys(JSON.parse(Buffer.from(manifestBytes(plain, 'p')).toString()))).toEqual([
    'entries',
    'meta',
  ])
})
