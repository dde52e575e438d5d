import { stat } from 'node:fs/promises'
import { BatchQueryError } from '../../errors/index.ts'
import { packageVersion, quoted } from '../../platform/index.ts'
import type { Home } from '../../submit/home.ts'
import type { SessionDocument } from '../documents.ts'
import type { Console } from './open-console.ts'
import { problemOf } from './problem.ts'

/** Describes the console for its page. */
export async function sessionDocument(served: Console): Promise<SessionDocument> {
  const { home, isReadOnly } = served
  const { settings, store } = home
  const problem = await storeProblem(served)
  return {
    version: packageVersion(),
    isReadOnly,
    store: store.name,
    bucket: settings.bucket,
    home: store.uriOf({ bucket: settings.bucket }),
    engine: settings.engine,
    databases: [...settings.databases.keys()],
    problem: problem === null ? null : problemOf(problem),
  }
}

/** Why the runs cannot be listed; null if they can. The terminal learns it, too. */
export async function storeProblem({ home, notices }: Console): Promise<BatchQueryError | null> {
  const problem = await problemOfIndex(home)
  notices.store(problem)
  return problem
}

async function problemOfIndex(home: Home): Promise<BatchQueryError | null> {
  try {
    for await (const _ of home.runs.index(null)) return null
    return await missingFolder(home)
  } catch (thrown) {
    return BatchQueryError.from(thrown)
  }
}

/** A bucket that no run has written to yet looks empty. A store whose folder is gone looks so too. */
async function missingFolder({ store: { capabilities } }: Home): Promise<BatchQueryError | null> {
  const { folder } = capabilities
  if (folder === null || (await isFolder(folder))) return null
  return new BatchQueryError('BUCKET_NOT_FOUND', `the folder ${quoted(folder)} of the store does not exist`, {
    hint: 'Start a run, and it makes the folder. If the runs are elsewhere, name their store with --store.',
  })
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    stats => stats.isDirectory(),
    () => false,
  )
