import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Log, ProgressLine } from '../../../src/platform/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { runAttempt } from '../../../src/task/runner.ts'
import { readRunnerSettings } from '../../../src/task/runner-settings.ts'
import { SERVERS } from './servers.ts'

/** Short enough for a test. Users have a minute or more. */
const SILENCE_MS = 100
const INTERVALS = { log: 50, waiting: [50] } as const

const DOING = { mysql: 'User sleep', postgres: 'active, waits for Timeout: PgSleep' }

const cases = SERVERS.flatMap(server => [
  { server, what: 'its end', clause: '' },
  { server, what: 'the first row', clause: " INTO OUTFILE S3 './out/r'" },
])

test.each(cases)(
  '$server.name: a runner reports what the server does when it waits for $what',
  async ({ server, what, clause }) => {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-waiting-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const storeFolder = join(folder, 'store')
    const store = new DirectoryStore(storeFolder)
    const sql = Buffer.from(`${server.sleep(1000)}${clause}`)
    await store.put({ bucket: 'b', key: 'script/a.sql' }, sql)
    const environment = {
      BATCHQUERY_STORE: storeFolder,
      BATCHQUERY_BUCKET: 'b',
      BATCHQUERY_RUN_ID: 'r1',
      BATCHQUERY_DATABASE: server.url(),
    }
    const said: string[] = []
    const exitCode = runAttempt(readRunnerSettings(['b', 'script/a.sql'], environment, folder), {
      environment,
      folder,
      log: new Log('quiet', () => {}),
      progress: new ProgressLine(null, line => said.push(line), INTERVALS),
      openDatabase: async () => server.open(undefined, { silenceMs: SILENCE_MS }),
      intervals: { heartbeatMs: 100 },
    })
    const waiting = new RegExp(
      `^statement 1: waiting for ${what}, \\d+ s \\(the server: ${DOING[server.dialect]}\\)$`,
    )
    await expect.poll(() => said).toContainEqual(expect.stringMatching(waiting))
    await new RunStore(store, 'b').requestCancel('r1')
    expect(await exitCode).toBe(130)
  },
)
