import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { partListings } from '../../../src/export/earlier-result.ts'
import { compressionOfPart, isPartKey, parsePartKey, partKey } from '../../../src/export/part-names.ts'
import { DirectoryStore, type ObjectInfo } from '../../../src/store/index.ts'

const PREFIX = 'out/r'

test.each([
  ['', 0, '', 'out/r.part_00000'],
  ['', 123_456, '.csv.gz', 'out/r.part_123456.csv.gz'],
  ['day=2026-01-31/country=de', 7, '.parquet', 'out/r/day=2026-01-31/country=de/part_00007.parquet'],
  ['a%2Fb==x=', 1, '.my-data_1.zst', 'out/r/a%2Fb==x=/part_00001.my-data_1.zst'],
])('the key of a part of the partition %j is read as it was written', (partition, number, extension, key) => {
  expect(partKey(PREFIX, number, extension, partition)).toBe(key)
  expect(parsePartKey(PREFIX, key)).toEqual({ partition, number, extension })
})

test.each([
  ['', 100, '', 'out/r.part_00100_00007'],
  ['', 123_400, '.csv.gz', 'out/r.part_123400_00007.csv.gz'],
  ['day=2026-01-31', 150, '.parquet', 'out/r/day=2026-01-31/part_00150_00007.parquet'],
])(
  'the key of a part of the partition %j in a range is read as it was written',
  (partition, range, extension, key) => {
    expect(partKey(PREFIX, 7, extension, partition, range)).toBe(key)
    expect(parsePartKey(PREFIX, key)).toEqual({ partition, range, number: 7, extension })
  },
)

test.each([
  'out/r',
  'out/r.manifest',
  'out/r.part_0000',
  'out/r.part_00000x',
  'out/r.part_00000.',
  'out/r.part_00000/x',
  'out/r.part_00000.manifest',
  'out/r.part_00000.part_00000',
  'out/r.part_00000.part_00000.csv',
  'out/r.part_00000.csv.gz.gz',
  'out/r/part_00000',
  'out/r/day/part_00000',
  'out/r/=1/part_00000',
  'out/r/day=1/x/part_00000',
  'out/r/day=1.part_00000',
  'out/r/day=1//part_00000',
  'out/r/../day=1/part_00000',
  'out/r2.part_00000',
  'out/part_00000',
])('%s is not the key of a part', key => {
  expect(isPartKey(PREFIX, key)).toBe(false)
})

test('the compression of a part is the end of its key', () => {
  const keys = ['r.part_00000', 'r.part_00000.csv.gz', 'r/a=.gz/part_00000', 'r/a=b/part_00000.zst', 'r.gz']
  expect(keys.map(compressionOfPart)).toEqual(['', '.gz', '', '.zst', ''])
})

/** Counts the listings, each of which is at least one request to S3. */
class CountingStore extends DirectoryStore {
  listings = 0
  listed = 0

  override async *list(...call: Parameters<DirectoryStore['list']>): AsyncGenerator<ObjectInfo> {
    this.listings++
    for await (const info of super.list(...call)) {
      this.listed++
      yield info
    }
  }
}

describe('a listing of an earlier result', () => {
  async function listed(keys: readonly string[]) {
    const root = await mkdtemp(join(tmpdir(), 'batchquery-names-'))
    onTestFinished(() => rm(root, { recursive: true }))
    const store = new CountingStore(root)
    for (const key of keys) await store.put({ bucket: 'b', key }, Buffer.of())
    const [listing] = partListings({ store, bucket: 'b', prefix: PREFIX }, { parts: [] })
    if (listing === undefined) throw new Error('no listing')
    const found = (await Readable.from(listing).toArray()).map(({ key }: ObjectInfo) => key)
    return { found, store }
  }
  const numbered = (folder: string, count: number): string[] =>
    Array.from({ length: count }, (_, at) => `${folder}/${String(at).padStart(5, '0')}`)

  test('skips a large folder that is no partition with one more listing', async () => {
    const parts = ['out/r.part_00000', 'out/r/a=1/part_00000', 'out/r/z=1/part_00000.csv']
    const { found, store } = await listed([...parts, ...numbered('out/r/other', 2_500)])
    expect(found).toEqual(parts)
    expect(store.listings).toBe(3)
    expect(store.listed).toBeLessThan(1_100)
  })

  test('reads small folders without further listings', async () => {
    const others = Array.from({ length: 300 }, (_, at) => `out/r/other-${at}/file`)
    const { found, store } = await listed(['out/r/a=1/part_00000', ...others])
    expect(found).toEqual(['out/r/a=1/part_00000'])
    expect(store.listings).toBe(2)
  })

  test('finds a part whose key follows that of a folder', async () => {
    const part = 'out/r/a=1/part_00000'
    const { found } = await listed([...numbered('out/r/a=1/part_0000', 1_200), part])
    expect(found).toEqual([part])
  })
})
