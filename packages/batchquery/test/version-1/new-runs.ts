import { createHash } from 'node:crypto'
import { copyFile, link, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckdbDatabase } from '../../src/database/duckdb/duckdb-database.ts'
import { recoveryIn, runExport } from '../../src/export/index.ts'
import { Log } from '../../src/platform/index.ts'
import { RunStore } from '../../src/run/index.ts'
import { DirectoryStore } from '../../src/store/index.ts'
import { shownRun } from '../../src/submit/listed-runs.ts'
import { MortalStore } from '../integration/publication/mortal-store.ts'
import { formatPlan } from '../setup/stream-options.ts'
import { filesIn } from './freeze.ts'
import { BUCKET } from './runs.ts'

/** The moments at which a runner may die, as its run shows them. */
export const MOMENTS = ['queued', 'working', 'staged', 'committing', 'published', 'succeeded'] as const
export type Moment = (typeof MOMENTS)[number]

/** A run that the current sources made. */
export interface NewRun {
  readonly id: string
  readonly moment: Moment
}

const ROWS = 3
const RARELY = 1_000_000
const TWO_MINUTES_MS = 120_000
const SILENT = new Log('quiet', () => {})

/** The task of a run: the same export as its runner made in this process. */
export const taskOf = (id: string): string =>
  `SELECT i, 'new' FROM range(${ROWS}) t(i) INTO OUTFILE S3 's3://${BUCKET}/output/${id}' MANIFEST ON OVERWRITE OFF;\n`

const runsIn = (store: RunStoreStore): RunStore =>
  new RunStore(store, BUCKET, {
    recovery: recoveryIn(store),
    heartbeatMs: RARELY,
    logFlushMs: RARELY,
    deadAfterMs: 0,
  })
type RunStoreStore = ConstructorParameters<typeof RunStore>[0]

/** Runs a runner until its store dies. Returns true if it ran to its end before. */
async function live(store: MortalStore, id: string): Promise<boolean> {
  const session = await new DuckdbDatabase(':memory:').connect()
  const life = async (): Promise<boolean> => {
    const submission = {
      id,
      task: { bucket: BUCKET, key: `script/${id}.sql` },
      args: [],
      params: {},
      request: { database: null, timeoutSeconds: null, pin: null },
      engine: { name: 'local' },
      createdAt: new Date(),
    }
    const elsewhere = { host: 'elsewhere', pid: 7, version: '0.1.0' }
    const run = await runsIn(store).claim(submission, elsewhere, SILENT)
    await run.start({ versionId: null, sha256: createHash('sha256').update(taskOf(id)).digest('hex') })
    const prefix = `output/${id}`
    await runExport(
      session,
      {
        query: `SELECT i, 'new' FROM range(${ROWS}) t(i)`,
        destination: { store, bucket: BUCKET, prefix, uri: `s3://${BUCKET}/${prefix}` },
        format: formatPlan({}),
        encryption: null,
        manifest: 'ON',
        overwrite: 'OFF',
        ...{ partitionBy: null, maxPartitions: 1, single: false, parallel: null, extension: null },
        compression: { name: 'NONE', extension: '', compress: null },
        // One row in each part.
        maxPartBytes: 1,
      },
      {
        runId: id,
        journal: run.journal,
        progress: () => {},
        warn: text => run.warn(text),
        signal: new AbortController().signal,
        isLast: true,
      },
    )
    await run.finish(null)
    return true
  }
  try {
    return await Promise.race([life(), store.died.then(() => false)])
  } finally {
    await session.cancel()
    await session.close()
  }
}

/** The moment at which a run died, as `show` has it; null if there is no run. */
async function momentOf(root: string, id: string): Promise<Moment | null> {
  const store = new DirectoryStore(root)
  const shown = await shownRun(id, runsIn(store)).catch(() => null)
  if (shown === null || shown.state === 'QUEUED') return shown && 'queued'
  if (shown.state === 'SUCCEEDED') return 'succeeded'
  switch (shown.exports[0]?.state) {
    case 'STAGED':
      return 'staged'
    case 'COMMITTING':
      return 'committing'
    case 'PUBLISHED':
      return 'published'
    default:
      return 'working'
  }
}

/** Stores with a run for each moment at which a runner of the sources can die: before the last operation of the moment. */
export class NewRuns {
  readonly runs: readonly NewRun[]
  readonly #root: string

  private constructor(root: string, runs: readonly NewRun[]) {
    this.#root = root
    this.runs = runs
  }

  static async make(): Promise<NewRuns> {
    const root = await mkdtemp(join(tmpdir(), 'batchquery-new-'))
    const found = new Map<Moment, string>()
    for (let lifetime = 1; !found.has('succeeded'); lifetime++) {
      const id = `new-${lifetime}`
      const folder = join(root, id)
      await live(new MortalStore(new DirectoryStore(folder), lifetime), id)
      const moment = await momentOf(folder, id)
      if (moment !== null) found.set(moment, id)
    }
    const runs = Array.from(found, ([moment, id]) => ({ moment, id }))
    for (const { id } of runs) {
      const script = join(root, id, BUCKET, `script/${id}.sql`)
      await mkdir(dirname(script), { recursive: true })
      await writeFile(script, taskOf(id))
    }
    return new NewRuns(root, runs)
  }

  /** Puts all runs into a store, as if they had been silent for two minutes. */
  async putInto(store: string): Promise<void> {
    const past = new Date(Date.now() - TWO_MINUTES_MS)
    for (const { id } of this.runs) {
      const folder = join(this.#root, id)
      for (const path of await filesIn(folder)) {
        const target = join(store, path.slice(folder.length + 1))
        await mkdir(dirname(target), { recursive: true })
        // A token identifies a staged file by its inode. Other files are copied, because a hard link would show changes to the next test.
        if (path.includes('/.batchquery-staging/')) await link(path, target)
        else await copyFile(path, target)
        await utimes(target, past, past)
      }
    }
  }

  remove(): Promise<void> {
    return rm(this.#root, { recursive: true, force: true })
  }
}
