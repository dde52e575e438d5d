import { type Difference, type ReadingProgress, verifyExport, verifyNative } from '../export/index.ts'
import type { RunRecord } from '../run/index.ts'
import type { PublishedExports } from './published-exports.ts'

/** The result of the verification of an export. */
export interface VerifiedExport {
  readonly uri: string
  /** The number of parts. */
  readonly parts: number
  readonly rows: number
  readonly bytes: number
  readonly differences: readonly Difference[]
}

/** Reads the published exports of a run and compares them with the record. @throws the stores' errors */
export async function* verifiedExports(
  { streamed, native }: PublishedExports,
  { databases }: Pick<RunRecord, 'databases'>,
  count: ReadingProgress,
): AsyncGenerator<VerifiedExport> {
  for (const { published, destination } of streamed) {
    const differences: Difference[] = []
    for await (const difference of verifyExport(published, destination, count)) differences.push(difference)
    yield summaryOf(published, differences)
  }
  for (const { published, destination } of native)
    yield summaryOf(published, await verifyNative(published, destination, databases[0]?.dialect ?? ''))
}

interface Published extends Pick<VerifiedExport, 'uri' | 'rows' | 'bytes'> {
  readonly parts: readonly unknown[]
}

const summaryOf = (
  { uri, parts, rows, bytes }: Published,
  differences: readonly Difference[],
): VerifiedExport => ({ uri, parts: parts.length, rows, bytes, differences })
