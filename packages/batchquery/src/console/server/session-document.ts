import { BatchQueryError } from '../../errors/index.ts'
import { packageVersion } from '../../platform/index.ts'
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

/** Why the runs cannot be listed; null if they can. */
export async function storeProblem({ home }: Pick<Console, 'home'>): Promise<BatchQueryError | null> {
  try {
    for await (const _ of home.runs.index(null)) break
    return null
  } catch (thrown) {
    return BatchQueryError.from(thrown)
  }
}
