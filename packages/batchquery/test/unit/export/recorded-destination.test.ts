import { expect, test } from 'vitest'
import { recordedDestination } from '../../../src/export/index.ts'
import type { StagedExport } from '../../../src/journal/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

const store = new DirectoryStore('/nowhere')
const token = (key: string) => ({ kind: 'directory', bucket: 'b', key, owner: 'r1', handle: 'h' })

const recorded = (keys: readonly string[], more: Partial<StagedExport> = {}): StagedExport => ({
  uri: 's3://b/out/r',
  format: 'TEXT',
  parts: keys.map(key => ({
    ...{ uri: `s3://b/${key}`, token: token(key), rows: 1, bytes: 1, headerBytes: 0 },
    sha256: '0'.repeat(64),
  })),
  ...{ rows: keys.length, bytes: keys.length, overwrite: true, manifest: null, isLast: true },
  ...more,
})

test.each<[string, StagedExport]>([
  ['parts', recorded(['out/r.part_00000', 'out/r.part_00001'])],
  [
    'parts of partitions',
    recorded(['out/r/a=1/part_00000.x', 'out/r/a=1/part_00001.x', 'out/r/a=2/part_00000.x']),
  ],
  ['one object', recorded(['out/r'], { single: true })],
  ['a manifest', recorded([], { stagedManifest: { token: token('out/r.manifest'), bytes: 1 } })],
])('a record with %s of its destination is accepted', (_, staged) => {
  expect(recordedDestination(staged, store)).toMatchObject({ bucket: 'b', prefix: 'out/r' })
})

test.each<[string, StagedExport]>([
  ['a part that is there twice', recorded(['out/r/a=1/part_00000', 'out/r/a=1/part_00000'])],
  ['a gap in a partition', recorded(['out/r/a=1/part_00000', 'out/r/a=1/part_00002'])],
  ['parts with other extensions', recorded(['out/r/a=1/part_00000', 'out/r/a=2/part_00000.csv'])],
  ['a path that leads out', recorded(['out/r/a=1/../../part_00000'])],
  ['a part of another result', recorded(['out/q/a=1/part_00000'])],
  ['an object that is no part', recorded(['out/r'])],
  ['a second object under SINGLE', recorded(['out/r', 'out/r'], { single: true })],
  ['another object under SINGLE', recorded(['out/r.part_00000'], { single: true })],
  ['another manifest', recorded([], { stagedManifest: { token: token('out/q.manifest'), bytes: 1 } })],
])('a record with %s is refused', (_, staged) => {
  expect(() => recordedDestination(staged, store)).toThrow(
    expect.objectContaining({ code: 'RUN_RECORD_INVALID' }),
  )
})
