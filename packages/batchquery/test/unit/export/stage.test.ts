import { expect, test } from 'vitest'
import type { RowStream } from '../../../src/database/database.ts'
import { compressionOf } from '../../../src/export/compression.ts'
import { Staging } from '../../../src/export/stage.ts'
import type { ObjectAddress, StagedObject } from '../../../src/store/index.ts'
import { MemoryObjects } from '../../memory-store/memory-objects.ts'
import { MemoryStore } from '../../memory-store/memory-store.ts'
import { formatPlan } from '../../setup/stream-options.ts'

const key = (partition: number): string => `out/r/p=${partition}/part_00000`

/** A store that confirms all objects but the first one only when the test says so. */
class SlowStore extends MemoryStore {
  /** For each object that waits, a function that confirms or refuses it. */
  readonly waiting = new Map<string, (error?: Error) => void>()

  override async stage(address: ObjectAddress, owner: string): Promise<StagedObject> {
    if (address.key !== key(0))
      await new Promise<void>((resolve, reject) =>
        this.waiting.set(address.key, error => (error === undefined ? resolve() : reject(error))),
      )
    return super.stage(address, owner)
  }
}

/** A row for each of four partitions. */
function streamOf(read: number[]): RowStream {
  return {
    ...{ columns: [], partStart: new Uint8Array(), warnings: [], rowsRead: 4, invalidDates: [] },
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < 4; at++) {
        read.push(at)
        const bytes = Buffer.from(`row ${at}\n`)
        yield { bytes, rowsEnded: 1, endsRow: true, endsPart: true, partition: `p=${at}`, release: () => {} }
      }
    },
  }
}

function begin() {
  const objects = new MemoryObjects()
  const store = new SlowStore('memory:', objects)
  const plan = { format: formatPlan({}), compression: compressionOf('NONE'), encryption: null }
  const staging = new Staging(
    { store, bucket: 'b', prefix: 'out/r', uri: 's3://b/out/r' },
    { ...plan, partitionBy: { columns: ['p'], include: false } },
    'owner',
    () => {},
  )
  const read: number[] = []
  const { signal } = new AbortController()
  const staged = staging.stage(streamOf(read), signal)
  staged.catch(() => {})
  return { objects, store, staging, staged, read }
}

test('staging does not wait until the store has confirmed one part before it begins the next one', async () => {
  const { store, staged, read } = begin()
  await expect.poll(() => store.waiting.size).toBe(3)
  expect(read).toEqual([0, 1, 2, 3])
  for (const at of [3, 1, 2]) store.waiting.get(key(at))?.()
  const parts = await staged
  expect(parts.map(({ token }) => token.key)).toEqual([0, 1, 2, 3].map(key))
  for (const { token, bytes } of parts) await store.commit(token, bytes, true)
  const content = await store.read({ bucket: 'b', key: key(2) })
  expect(Buffer.from(content?.bytes ?? []).toString()).toBe('row 2\n')
})

test('staging fails with the error of the store when it refuses a part', async () => {
  const { objects, store, staging, staged } = begin()
  await expect.poll(() => store.waiting.size).toBe(3)
  store.waiting.get(key(2))?.(new Error('the bucket is gone'))
  for (const at of [1, 3]) store.waiting.get(key(at))?.()
  await expect(staged).rejects.toThrow('the bucket is gone')
  await staging.abort()
  expect(objects.staged.size).toBe(0)
})

test('an abort also removes the parts that the store confirms after it', async () => {
  const { objects, store, staging, staged } = begin()
  await expect.poll(() => store.waiting.size).toBe(3)
  const aborted = staging.abort()
  for (const confirm of store.waiting.values()) confirm()
  await aborted
  await expect(staged).rejects.toThrow('the export was aborted')
  expect(objects.staged.size).toBe(0)
})
