import type { Home } from '../client/home.ts'
import {
  type Destination,
  type NativeResult,
  type PublishedExport,
  recordedDestination,
  resolveDestination,
} from '../export/index.ts'
import type { RunRecord } from '../run/index.ts'

/** What a run published, in the order in which it did, and where. @throws RUN_RECORD_INVALID */
export async function publishedExports(record: RunRecord, { runs, store }: Home): Promise<PublishedExport[]> {
  const published = await runs.publishedExports(record)
  return published.map(entry => ({ published: entry, destination: recordedDestination(entry, store) }))
}

/** As `publishedExports`, what a server wrote itself. */
export async function nativeExports(record: RunRecord, { runs, store }: Home): Promise<NativeExport[]> {
  const published = await runs.nativeExports(record)
  return published.map(entry => ({
    published: entry,
    destination: resolveDestination(entry.uri, { store, folder: null }),
  }))
}

interface NativeExport {
  readonly published: NativeResult
  readonly destination: Destination
}
