import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { shownRun } from '../../src/client/listed-runs.ts'
import { DuckdbDatabase } from '../../src/database/duckdb/duckdb-database.ts'
import { recoveryIn, runExport } from '../../src/export/index.ts'
import { Log } from '../../src/platform/index.ts'
import { RunStore } from '../../src/run/index.ts'
import { DirectoryStore } from '../../src/store/index.ts'
import { MortalStore } from '../integration/publication/mortal-store.ts'
import { filesIn } from './freeze.ts'
import { BUCKET } from './runs.ts'

/** Where the runner of a run died, as the run shows it. */
export const MOMENTS = ['queued', 'working', 'staged', 'committing', 'published', 'succeeded'] as const
export type Moment = (typeof MOMENTS)[number]

/** A run that the sources made, as they are now. */
export interface NewRun {
  readonly id: string
  readonly moment: Moment
}

const ROWS = 3
const RARELY = 1_000_000
const TWO_MINUTES_MS = 120_000
const SILENT = new Log('quiet', () => {})

/** The task of a run, which does what its runner did in this process. */
export const taskOf = (id: string): string =>
  `SELECT i, 'new' FROM range(${ROWS}) t(i) INTO OUTFILE S3 's3://${BUCKET}/output/${id}' MANIFEST ON OVERWRITE OFF;\n`

/** The lines of its result. */
export const LINES = Array.from({ length: ROWS }, (_, i) => `${i}\tnew\n`)

const runsIn = (store: RunStoreStore): RunStore =>
  new RunStore(store, BUCKET, {
    recovery: recoveryIn(store),
    heartbeatMs: RARELY,
    logFlushMs: RARELY,
    deadAfterMs: 0,
  })
type RunStoreStore = ConstructorParameters<typeof RunStore>[0]

/** A runner whose store does nothing any more after so many changes; true when it came to its end. */
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
        format: 'TEXT',
        header: false,
        encryption: null,
        layout: {},
        characterSet: null,
        manifest: true,
        overwrite: false,
        compression: { name: 'NONE', extension: '', compress: null },
        // A row in each part.
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

/** How far a run came, told by what is shown of it; null when there is no run. */
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

/**
 * Puts a run into a store for each moment at which its runner can die: of each moment the last one. All have been silent for two minutes.
 */
export async function makeNewRuns(root: string): Promise<readonly NewRun[]> {
  const found = new Map<Moment, { id: string; folder: string }>()
  for (let lifetime = 1; !found.has('succeeded'); lifetime++) {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-new-'))
    const id = `new-${lifetime}`
    await live(new MortalStore(new DirectoryStore(folder), lifetime), id)
    const moment = await momentOf(folder, id)
    const worse = moment === null ? { folder } : found.get(moment)
    if (worse !== undefined) await rm(worse.folder, { recursive: true, force: true })
    if (moment !== null) found.set(moment, { id, folder })
  }
  for (const { id, folder } of found.values()) {
    await moveFiles(folder, root)
    const script = join(root, BUCKET, `script/${id}.sql`)
    await mkdir(dirname(script), { recursive: true })
    await writeFile(script, taskOf(id))
  }
  return Array.from(found, ([moment, { id }]) => ({ id, moment }))
}

/** A staged file is known by its inode, so that none is copied. */
async function moveFiles(from: string, to: string): Promise<void> {
  const past = new Date(Date.now() - TWO_MINUTES_MS)
  for (const path of await filesIn(from)) {
    const moved = join(to, path.slice(from.length + 1))
    await mkdir(dirname(moved), { recursive: true })
    await rename(path, moved)
    await utimes(moved, past, past)
  }
  await rm(from, { recursive: true })
}
