import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { beforeEach, expect, test } from 'vitest'
import { headOfAddress } from '../../../src/export/index.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { freshBucket } from '../../setup/s3-client.ts'
import { MIB, openStore, somewhere } from './fixture.ts'

const bucket = await freshBucket()
const proxy = await s3Proxy()
beforeEach(() => proxy.reset())

const TOLD = { format: 'CSV', header: true, fieldsTerminatedBy: null } as const

/** The ranges of the GET requests for objects. */
const ranges = () =>
  proxy.requests
    .filter(({ method, url }) => method === 'GET' && !url.includes('list-type'))
    .map(({ headers }) => headers.range)

async function headOf(content: Uint8Array, name: string, rows: number) {
  const { store } = openStore(proxy.endpoint)
  const { key } = somewhere(bucket)
  await store.put({ bucket, key: `${key}${name}` }, content)
  proxy.reset()
  return headOfAddress(`s3://${bucket}/${key}${name}`, { store, folder: null }, TOLD, { rows, part: null })
}

const lines = (count: number): Buffer =>
  Buffer.from(`id,x\n${Array.from({ length: count }, (_, at) => `${at},${'x'.repeat(90)}\n`).join('')}`)

test('the first rows of a large part are one range', async () => {
  const { rows } = await headOf(Buffer.concat([lines(100_000), randomBytes(MIB)]), '.csv', 20)
  expect(rows).toHaveLength(20)
  expect(ranges()).toEqual(['bytes=0-65535'])
  expect(proxy.requests.length).toBeLessThanOrEqual(3)
})

test('more rows are more ranges, each larger than the one before', async () => {
  const { rows } = await headOf(lines(100_000), '.csv', 3000)
  expect(rows.at(-1)?.[0]).toBe('2999')
  expect(ranges()).toEqual(['bytes=0-65535', 'bytes=65536-327679'])
})

test('a compressed part is decompressed only as far as the rows need', async () => {
  const { rows } = await headOf(gzipSync(Buffer.concat([lines(1000), randomBytes(8 * MIB)])), '.csv.gz', 20)
  expect(rows).toHaveLength(20)
  expect(ranges().length).toBeLessThanOrEqual(2)
})
