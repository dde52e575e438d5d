import { BatchQueryError } from '../errors/index.ts'
import { formatNamed, type PartColumn } from '../format/index.ts'
import { locate, type Store } from '../store/index.ts'
import { readRange } from '../store/read-bounded.ts'
import type { ExportRecord, RunRecord } from './record.ts'

/** The columns of a published export, as its first part describes them. */
export interface ExportColumns {
  /** The destination of the export. */
  readonly uri: string
  /** Null if the part cannot be read, or is not that of the run any more. */
  readonly columns: readonly PartColumn[] | null
  /** Why there are no columns; null if there are. */
  readonly error: string | null
}

/**
 * Reads the columns of the published exports in a record whose parts describe themselves; for each destination, those of the latest
 * export. It reads only the end of the first part. The result contains an error of the store, and nothing is thrown.
 */
export async function exportColumns(
  store: Store,
  { id, exports }: RunRecord,
): Promise<readonly ExportColumns[]> {
  const latest = new Map(exports.filter(isReadable).map(entry => [entry.uri, entry]))
  const columns = async (entry: ExportRecord): Promise<ExportColumns> => {
    try {
      return { uri: entry.uri, columns: await columnsOf(store, entry, id), error: null }
    } catch (thrown) {
      return { uri: entry.uri, columns: null, error: BatchQueryError.from(thrown).message }
    }
  }
  return Promise.all([...latest.values()].map(columns))
}

const isReadable = ({ state, format, parts }: ExportRecord): boolean =>
  state === 'PUBLISHED' && parts.length > 0 && formatNamed(format).reader !== null

/** @throws VERIFICATION if the part is not that of the run any more; the store's errors */
async function columnsOf(
  home: Store,
  { format, parts: [part] }: ExportRecord,
  id: string,
): Promise<readonly PartColumn[] | null> {
  const { store, bucket, key } = locate(part.uri, { store: home, folder: null })
  const read = async (start: number, length: number) => {
    const bytes = await readRange(store, { bucket, key }, start, length)
    if (bytes.length === length) return bytes
    throw new BatchQueryError('VERIFICATION', `${part.uri} is missing, or another program has replaced it`)
  }
  const found = await formatNamed(format).reader?.describe(part.bytes, read)
  if (found === undefined) return null
  if (found.runId === id) return found.columns
  throw new BatchQueryError('VERIFICATION', `${part.uri} is now the part of another run`)
}
