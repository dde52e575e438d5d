import type { Home } from '../client/home.ts'
import { type PublishedExport, recordedDestination } from '../export/index.ts'
import type { RunRecord } from '../run/index.ts'

/** What a run published, in the order in which it did, and where. @throws RUN_RECORD_INVALID */
export async function publishedExports(record: RunRecord, { runs, store }: Home): Promise<PublishedExport[]> {
  const published = await runs.publishedExports(record)
  return published.map(entry => ({ published: entry, destination: recordedDestination(entry, store) }))
}
