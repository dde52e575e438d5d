import {
  type Destination,
  type PublishedExport,
  recordedDestination,
  resolveDestination,
} from '../export/index.ts'
import type { PublishedResults, RunRecord } from '../run/index.ts'
import type { Home } from './home.ts'

/** The exports that a run published and that no later export has replaced, with their destinations. */
export interface PublishedExports {
  readonly streamed: readonly PublishedExport[]
  /** The exports that a server wrote itself. */
  readonly native: readonly {
    readonly published: PublishedResults['native'][number]
    readonly destination: Destination
  }[]
}

/** Reads them in the order in which they began. @throws RUN_RECORD_INVALID */
export async function publishedExports(record: RunRecord, { runs, store }: Home): Promise<PublishedExports> {
  const { streamed, native } = await runs.publishedResults(record)
  return {
    streamed: streamed.map(entry => ({ published: entry, destination: recordedDestination(entry, store) })),
    native: native.map(entry => ({
      published: entry,
      destination: resolveDestination(entry.uri, { store, folder: null }),
    })),
  }
}
