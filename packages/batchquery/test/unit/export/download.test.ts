import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { downloadParts } from '../../../src/export/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

const PARTS = 100_000

const partOf = (folder: string, number: number) => {
  const key = `${folder}/r.part_${number}`
  const token = { kind: 'directory' as const, bucket: 'b', key, owner: 'r1', handle: 'h' }
  return { uri: `s3://b/${key}`, token, rows: 1, bytes: 1, headerBytes: 0, sha256: '0'.repeat(64) }
}

/** A comparison of each part with each other one would exceed the time limit. */
test('a download is refused before it starts when two of 100,000 parts would have one name', async () => {
  const parts = Array.from({ length: PARTS }, (_, number) => partOf('out', number))
  const published = {
    uri: 's3://b/out/r',
    format: 'TEXT' as const,
    parts: [...parts, partOf('elsewhere', PARTS - 1)],
    rows: PARTS + 1,
    bytes: PARTS + 1,
    overwrite: true,
    manifest: null,
    isLast: true,
  }
  const folder = join(tmpdir(), 'batchquery-never-made')
  const store = new DirectoryStore(folder)
  const destination = { store, bucket: 'b', prefix: 'out/r', uri: published.uri }
  const download = downloadParts([{ published, destination }], 'into', {
    folder,
    overwrite: false,
    runId: 'r1',
    progress: () => {},
    signal: new AbortController().signal,
  })
  await expect(download).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(`r.part_${PARTS - 1}`),
  })
})
