import { expect, test } from 'vitest'

import { Attempts } from '../../../src/run/attempts.ts'
import { logSegmentKey } from '../../../src/run/keys.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { BUCKET, home, newRun, RUNNER } from './fixture.ts'

const ID = newRun().id

/** Remembers the keys that listings return. */
class ListingStore extends DirectoryStore {
  readonly listed: string[] = []

  override async *list(bucket: string, prefix: string, startAfter?: string) {
    for await (const info of super.list(bucket, prefix, startAfter)) {
      this.listed.push(info.key)
      yield info
    }
  }
}

test('the search for a dead attempt lists only the claims when the log has many segments', async () => {
  const { folder, put, runs } = await home()
  await runs.submit(newRun())
  const store = new ListingStore(folder)
  const attempts = new Attempts(store, BUCKET, 0, null)
  await attempts.take(ID, 1, { ...RUNNER, host: 'elsewhere' })
  for (let segment = 1; segment <= 20; segment++) await put(logSegmentKey(ID, 1, segment), 'x')
  expect(await attempts.findDead(ID)).toBe(1)
  expect(store.listed).toEqual([`runs/${ID}/attempt-0001`])
})
