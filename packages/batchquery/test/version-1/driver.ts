import { createHash } from 'node:crypto'
import { DuckdbDatabase } from '../../src/database/duckdb/duckdb-database.ts'
import { type ExportPlan, recoveryIn, runExport } from '../../src/export/index.ts'
import { Log, ProgressLine } from '../../src/platform/index.ts'
import { type OwnedRun, RunStore, thisRunner } from '../../src/run/index.ts'
import { DirectoryStore, type Store } from '../../src/store/index.ts'
import { runAttempt } from '../../src/task/runner.ts'
import { readRunnerSettings } from '../../src/task/runner-settings.ts'
import { mortal } from '../campaign/mortal.ts'
import { NATIVE_PARTS } from './runs.ts'

/*
 * Runs of the frozen store that the campaigns' runner cannot make:
 *
 *     driver half ROOT BUCKET KEY     the runner; it dies when one part is committed, and no other one has begun to be
 *     driver many ROOT BUCKET         a run with many small parts, which dies in the same way
 *     driver native ROOT BUCKET       a run whose second export is native, which no task in a directory has
 */
const [kind = '', root = '', bucket = '', key = ''] = process.argv.slice(2)
const log = new Log('verbose', text => process.stderr.write(text))

/** A store that kills its process after the first commit of a part of `output/<name>`. Further ones never begin. */
function dyingAtCommit(store: Store, name: string): Store {
  let commits = 0
  return {
    ...mortal(store, [], null),
    async commit(token, ...rest) {
      if (!token.key.startsWith(`output/${name}.part_`)) return store.commit(token, ...rest)
      if (commits++ > 0) return new Promise(() => {})
      await store.commit(token, ...rest)
      process.kill(process.pid, 'SIGKILL')
    },
  }
}

async function begin(id: string, store: Store): Promise<OwnedRun> {
  const runs = new RunStore(store, bucket, { recovery: recoveryIn(store) })
  const submission = {
    id,
    task: { bucket, key: `script/${id}.sql` },
    args: [],
    params: {},
    request: { database: null, timeoutSeconds: null, pin: null },
    engine: { name: 'local' },
    createdAt: new Date(),
  }
  const run = await runs.claim(submission, await thisRunner(), log)
  const task = await store.read(submission.task)
  const sha256 = createHash('sha256')
    .update(task?.bytes ?? '')
    .digest('hex')
  await run.start({ versionId: null, sha256 })
  return run
}

async function stream(run: OwnedRun, store: Store, name: string, rows: number, isLast: boolean) {
  const session = await new DuckdbDatabase(':memory:').connect()
  const prefix = `output/${name}`
  const plan: ExportPlan = {
    query: `SELECT i, '${name}' FROM range(${rows}) t(i)`,
    destination: { store, bucket, prefix, uri: `s3://${bucket}/${prefix}` },
    format: 'TEXT',
    header: false,
    layout: {},
    characterSet: null,
    manifest: true,
    overwrite: false,
    compression: { name: 'NONE', extension: '', compress: null },
    encryption: null,
    // A row in each part.
    maxPartBytes: 1,
  }
  await runExport(session, plan, {
    runId: run.record.id,
    journal: run.journal,
    progress: () => {},
    warn: text => run.warn(text),
    signal: new AbortController().signal,
    isLast,
  })
  await session.close()
}

/** The server's part is ours: a directory has no server that writes to it. */
async function writeNative(run: OwnedRun, store: Store): Promise<void> {
  const uri = `s3://${bucket}/output/native`
  await run.recordSession({
    dialect: 'mysql',
    server: 'aurora-mysql 3.05.2',
    host: 'database.example',
    name: 'shop',
    session: '12',
  })
  await run.journal.lock(uri)
  await run.journal.nativeBegun({ uri, format: 'TEXT', manifest: null, since: await store.now(bucket) })
  const parts = Array.from(NATIVE_PARTS, ([key, text]) => ({ key, text }))
  for (const { key, text } of parts) await store.put({ bucket, key }, Buffer.from(text))
  await run.journal.nativeDone({
    uri,
    rows: 3,
    bytes: parts.reduce((sum, { text }) => sum + text.length, 0),
    parts: parts.map(({ key, text }) => ({ uri: `s3://${bucket}/${key}`, bytes: text.length })),
    manifest: null,
  })
  await run.journal.unlock(uri)
}

async function half(store: Store): Promise<void> {
  const { env: environment } = process
  const folder = process.cwd()
  const settings = readRunnerSettings([bucket, key], environment, folder)
  const progress = new ProgressLine(null, () => {})
  await runAttempt(settings, { environment, folder, log, progress, openStore: () => store })
}

async function many(store: Store): Promise<void> {
  const run = await begin('many', store)
  await stream(run, store, 'many', 101, true)
}

async function native(store: Store): Promise<void> {
  const run = await begin('native', store)
  await stream(run, store, 'native-streamed', 3, false)
  await writeNative(run, store)
  await run.finish(null)
}

const store = new DirectoryStore(root)
if (kind === 'half') await half(dyingAtCommit(store, process.env.BATCHQUERY_RUN_ID ?? ''))
else if (kind === 'many') await many(dyingAtCommit(store, 'many'))
else await native(store)
