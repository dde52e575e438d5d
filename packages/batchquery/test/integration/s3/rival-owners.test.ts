import { expect, inject, test } from 'vitest'
import type { OwnedRun } from '../../../src/run/index.ts'
import { recordKey } from '../../../src/run/keys.ts'
import { freshBucket } from '../../setup/s3-client.ts'
import { ELSEWHERE, newRun, runsIn, SILENT } from '../publication/fixture.ts'
import { openStore } from './fixture.ts'

const bucket = await freshBucket()
const { store } = openStore(inject('s3').endpoint)

/** Two attempts of a run. The first one does not know for long that there is a second. */
async function rivals(id: string) {
  const slow = await runsIn(store, bucket, 1_000_000).claim(newRun(id), ELSEWHERE, SILENT)
  await slow.start({ versionId: null, sha256: '00' })
  const next = await runsIn(store, bucket, 0).claim(newRun(id), ELSEWHERE, SILENT)
  const stale = Buffer.from((await store.read({ bucket, key: recordKey(id) }))?.bytes ?? [])
  await next.start({ versionId: null, sha256: '00' })
  return { slow, next, stale }
}

const write = (run: OwnedRun, session: string) =>
  run.recordSession({ dialect: 'mysql', server: null, host: 'h', name: 'n', session })

test('an owner does not replace the record of its successor when it does not know of it', async () => {
  const { slow, next } = await rivals('slow')
  await expect(write(slow, '1')).rejects.toMatchObject({ code: 'RUN_CLAIMED' })
  expect(slow.lost.aborted).toBe(true)
  await write(next, '2')
  expect(await runsIn(store, bucket).read('slow')).toMatchObject({
    attempt: 2,
    databases: [{ sessions: ['2'] }],
  })
  await next.finish(null)
})

test('an owner replaces what an earlier one wrote nevertheless', async () => {
  const { next, stale } = await rivals('late')
  await store.put({ bucket, key: recordKey('late') }, stale)
  await write(next, '3')
  expect(await runsIn(store, bucket).read('late')).toMatchObject({
    attempt: 2,
    databases: [{ sessions: ['3'] }],
  })
  await next.finish(null)
})
