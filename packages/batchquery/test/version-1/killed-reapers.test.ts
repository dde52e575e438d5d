import { expect, test } from 'vitest'
import { recoveryIn } from '../../src/export/index.ts'
import { Log } from '../../src/platform/index.ts'
import { RunStore } from '../../src/run/index.ts'
import { DirectoryStore } from '../../src/store/index.ts'
import { MortalStore } from '../integration/publication/mortal-store.ts'
import { type Contents, Home, shownResults } from './home.ts'
import { BUCKET, exportsOf } from './runs.ts'

const REAPER = { host: 'elsewhere', pid: 8, version: '0.1.0' }
const SILENT = new Log('quiet', () => {})
const RARELY = 1_000_000

/** True if it ran to its end. */
async function reap(store: DirectoryStore | MortalStore): Promise<boolean> {
  const runs = new RunStore(store, BUCKET, {
    recovery: recoveryIn(store),
    heartbeatMs: RARELY,
    logFlushMs: RARELY,
    deadAfterMs: 0,
  })
  const work = async (): Promise<boolean> => {
    for await (const { error } of runs.reap(REAPER, SILENT, { dryRun: false })) expect(error).toBeNull()
    return true
  }
  return store instanceof MortalStore ? Promise.race([work(), store.died.then(() => false)]) : work()
}

const NOTHING: Contents = {}

test.each([
  ['ledger', NOTHING],
  ['staged', NOTHING],
  ['half', shownResults(exportsOf('half'))],
  ['over', shownResults(exportsOf('over'))],
  ['twice', shownResults(exportsOf('twice'))],
])(
  'another reaper ends the run %s of version 1 when the first one was killed at any change',
  async (id, results) => {
    let isOver = false
    for (let lifetime = 0; !isOver; lifetime++) {
      const home = await Home.unpack(id)
      isOver = await reap(new MortalStore(new DirectoryStore(home.store), lifetime))
      await reap(new DirectoryStore(home.store))
      expect(await home.results(), `after ${lifetime} changes`).toEqual(results)
      expect(await home.leftovers(), `after ${lifetime} changes`).toEqual([])
    }
  },
)
