import type { NativeResult, StagedExport } from '../journal/index.ts'
import type { ExportId } from './keys.ts'
import type { OwnedRecord } from './owned-record.ts'
import type { ExportRecord } from './record.ts'

/** A record shows so many of the exports that have ended: the latest. */
const ENDED_IN_RECORD = 10
/** For all exports of a record together, so that it stays small however many parts they have. */
const PARTS_IN_RECORD = 32
/** For each export. */
const INVALID_DATES_IN_RECORD = 10

/** An export of an earlier attempt, read from the store. */
interface LeftoverExport {
  readonly of: ExportId
  readonly state: 'BEGUN' | ExportRecord['state']
  entry(): Promise<ExportRecord>
}

/** The exports in the record of a run: those that have not ended, and the latest ones that have. */
export class ExportList {
  readonly #record: OwnedRecord

  constructor(record: OwnedRecord) {
    this.#record = record
  }

  /** Resolves when the store has the record. */
  async add(entry: ExportRecord): Promise<void> {
    const { exports, exportCount } = this.#record.current
    await this.#record.change({ exports: limited([...exports, entry]), exportCount: exportCount + 1 })
  }

  async change(of: ExportId, change: (entry: ExportRecord) => ExportRecord): Promise<void> {
    const { exports } = this.#record.current
    const at = exports.findIndex(entry => isOf(entry, of))
    if (at !== -1) await this.#record.change({ exports: limited(exports.with(at, change(exports[at]))) })
  }

  /**
   * Takes over the exports of earlier attempts, in memory. Their objects count, not the record: the runner may have died
   * before it wrote the record.
   */
  async adopt(stored: readonly LeftoverExport[]): Promise<void> {
    const { attempt, exports } = this.#record.current
    const earlier = stored.filter(({ of, state }) => state !== 'BEGUN' && of.attempt !== attempt)
    const own = exports.filter(entry => entry.attempt === attempt)
    const latest = new Set(earlier.filter(hasEnded).slice(-ENDED_IN_RECORD))
    const entries: ExportRecord[] = []
    for (const leftover of earlier.filter(entry => latest.has(entry) || !hasEnded(entry))) {
      const known = exports.find(entry => isOf(entry, leftover.of) && entry.state === leftover.state)
      entries.push(known ?? (await leftover.entry()))
    }
    this.#record.set({ exports: limited([...entries, ...own]), exportCount: earlier.length + own.length })
  }
}

/** The entries that a record has room for, in the order in which the exports began. */
export function limited(exports: readonly ExportRecord[]): readonly ExportRecord[] {
  const latest = new Set(exports.filter(hasEnded).slice(-ENDED_IN_RECORD))
  const kept = exports.filter(entry => latest.has(entry) || !hasEnded(entry))
  let room = PARTS_IN_RECORD
  // If there is no room for all parts, those of the latest exports stay.
  return kept
    .toReversed()
    .map(entry => {
      const parts = entry.parts.slice(0, room)
      room -= parts.length
      return parts.length === entry.parts.length ? entry : { ...entry, parts }
    })
    .toReversed()
}

/** The entry of an export that is staged. */
export function stagedEntry(
  of: ExportId,
  { uri, format, rows, bytes, parts, manifest, compression, invalidDates, level, moment }: StagedExport,
): ExportRecord {
  return {
    uri,
    attempt: of.attempt,
    number: of.number,
    mode: 'streamed',
    format,
    state: 'STAGED',
    committingAt: null,
    publishedAt: null,
    rows,
    bytes,
    parts: parts
      .slice(0, PARTS_IN_RECORD)
      .map(part => ({ uri: part.uri, rows: part.rows, bytes: part.bytes, sha256: part.sha256 })),
    manifest,
    ...(compression && { compression }),
    ...(invalidDates && { invalidDates: invalidDates.slice(0, INVALID_DATES_IN_RECORD) }),
    ...(level && { level }),
    ...(moment && { moment }),
  }
}

/** The entry of an export that a server begins to write itself. */
export function nativeEntry(
  of: ExportId,
  { uri, format, manifest }: Pick<ExportRecord, 'uri' | 'format' | 'manifest'>,
  since: string,
): ExportRecord {
  return {
    uri,
    attempt: of.attempt,
    number: of.number,
    mode: 'native',
    format,
    state: 'COMMITTING',
    committingAt: since,
    publishedAt: null,
    rows: 0,
    bytes: 0,
    parts: [],
    manifest,
  }
}

/** The entry after a change of the export's state. @param native what the server wrote itself */
export function changedEntry(
  entry: ExportRecord,
  state: 'COMMITTING' | 'PUBLISHED' | 'ABORTED',
  at: string,
  native: NativeResult | null,
): ExportRecord {
  const written = native && {
    rows: native.rows,
    bytes: native.bytes,
    parts: native.parts.slice(0, PARTS_IN_RECORD).map(part => ({ ...part, rows: null, sha256: null })),
  }
  const time =
    state === 'COMMITTING' ? { committingAt: at } : state === 'PUBLISHED' ? { publishedAt: at } : {}
  return { ...entry, ...written, ...time, state }
}

const isOf = (entry: ExportRecord, of: ExportId): boolean =>
  entry.attempt === of.attempt && entry.number === of.number

const hasEnded = ({ state }: Pick<LeftoverExport, 'state'>): boolean =>
  state === 'PUBLISHED' || state === 'ABORTED'
