import { BatchQueryError } from '../errors/index.ts'
import type { StageToken, Store } from '../store/store.ts'
import { isAlone } from './clear-staging.ts'
import { CoalescedWrite } from './coalesced-write.ts'
import type { DestinationLocks } from './destination-locks.ts'
import { ledgerKey } from './keys.ts'
import type { LedgerExport, NativeLedgerExport } from './ledger.ts'
import { type OwnedRecord, toJsonBytes } from './owned-record.ts'
import type { Ownership } from './ownership.ts'
import type { ExportRecord, ExportState } from './record.ts'
import { StagingRegister } from './staging-register.ts'

const PARTS_IN_RECORD = 100

/** The states that a state may follow. */
const BEFORE: Record<Exclude<ExportState, 'STAGED'>, readonly ExportState[]> = {
  COMMITTING: ['STAGED'],
  PUBLISHED: ['COMMITTING'],
  ABORTED: ['STAGED', 'COMMITTING'],
}

/** The field that takes the time of a state. */
const TIME_OF = { COMMITTING: 'committingAt', PUBLISHED: 'publishedAt' } as const

/**
 * The exports of a run, in its record and in the ledger of its attempt (`parts-NNNN.json`). Has the shape of the
 * journal that an export writes to (export/journal.ts). Every method settles when the store has the word.
 */
export class RunJournal {
  readonly #record: OwnedRecord
  readonly #ownership: Ownership
  readonly #locks: DestinationLocks
  readonly #store: Store
  readonly #bucket: string
  readonly #meetRivals: (uri: string) => Promise<void>
  readonly #register: StagingRegister
  readonly #ledger: LedgerExport[] = []
  readonly #native: NativeLedgerExport[] = []
  readonly #writeLedger: CoalescedWrite

  constructor(
    record: OwnedRecord,
    ownership: Ownership,
    locks: DestinationLocks,
    store: Store,
    bucket: string,
    meetRivals: (uri: string) => Promise<void>,
  ) {
    const { id, attempt } = record.current
    const address = { bucket, key: ledgerKey(id, attempt) }
    this.#record = record
    this.#ownership = ownership
    this.#locks = locks
    this.#store = store
    this.#bucket = bucket
    this.#meetRivals = meetRivals
    this.#register = new StagingRegister(store, bucket, id, attempt)
    this.#writeLedger = new CoalescedWrite(() =>
      store.put(address, toJsonBytes({ version: 1, attempt, exports: this.#ledger, native: this.#native })),
    )
  }

  /** Whether this run published there before. */
  isOurs(uri: string): boolean {
    return this.#record.current.exports.some(entry => entry.uri === uri && entry.state === 'PUBLISHED')
  }

  /**
   * @throws DESTINATION_LOCKED where another run holds the destination and lives; RUN_CLAIMED where a later attempt
   *   took this run: what was staged is its to settle, and the record its to write
   */
  async lock(uri: string): Promise<void> {
    await this.#ownership.check()
    await this.#locks.lock(uri)
  }

  /** Nothing where the run is lost: whoever has it may hold the destination by now, in the name of the same run. */
  async unlock(uri: string): Promise<void> {
    if (this.#ownership.lost.aborted) return
    await this.#ownership.confirm()
    await this.#locks.unlock(uri)
  }

  /** @throws RUN_CLAIMED where a later attempt took this run; asks for it only after a silence */
  confirm(): Promise<void> {
    return this.#ownership.confirm()
  }

  /** As `meetRivals` of rivals.ts. @throws DESTINATION_LOCKED */
  meetRivals(uri: string): Promise<void> {
    return this.#meetRivals(uri)
  }

  /** The mark comes first: of two that begin at once, one at least sees the other. @throws as `meetRivals` */
  async staging(uri: string): Promise<void> {
    await this.#register.declare(uri)
    try {
      await this.#meetRivals(uri)
    } catch (thrown) {
      await this.#register.clear(uri)
      throw thrown
    }
  }

  opened(token: StageToken): Promise<void> {
    return this.#register.add(token)
  }

  isAlone(uri: string): Promise<boolean> {
    return isAlone(this.#store, this.#bucket, this.#record.current.id, uri)
  }

  cleared(uri: string): Promise<void> {
    return this.#register.clear(uri)
  }

  /**
   * The ledger comes first: a record that says STAGED promises that the ledger knows every part. Where the second
   * write fails the ledger knows more than the record; to abort those parts once more does no harm.
   */
  async staged(staged: LedgerExport): Promise<void> {
    this.#ledger.push(staged)
    await this.#writeLedger.request()
    const { uri, format, rows, bytes, manifest } = staged
    const { attempt, exports } = this.#record.current
    const parts = staged.parts
      .slice(0, PARTS_IN_RECORD)
      .map(part => ({ uri: part.uri, rows: part.rows, bytes: part.bytes, sha256: part.sha256 }))
    const added: ExportRecord = {
      uri,
      attempt,
      mode: 'streamed',
      format,
      state: 'STAGED',
      committingAt: null,
      publishedAt: null,
      rows,
      bytes,
      parts,
      manifest,
    }
    await this.#record.change({ exports: [...exports, added] })
  }

  /**
   * The server begins to write there itself: what of it appears is seen at once.
   *
   * @param begun `since` is a time of the store's clock
   */
  async nativeBegun(begun: {
    readonly uri: string
    readonly format: 'CSV' | 'TEXT'
    readonly manifest: string | null
    readonly since: Date
  }): Promise<void> {
    const { uri, format, manifest, since } = begun
    const { attempt, exports } = this.#record.current
    const added: ExportRecord = {
      uri,
      attempt,
      mode: 'native',
      format,
      state: 'COMMITTING',
      committingAt: since.toISOString(),
      publishedAt: null,
      rows: 0,
      bytes: 0,
      parts: [],
      manifest,
    }
    await this.#record.change({ exports: [...exports, added] })
  }

  /** The server has ended well, and what it wrote was looked at. The ledger comes first. */
  async nativeDone(result: NativeLedgerExport): Promise<void> {
    this.#native.push(result)
    await this.#writeLedger.request()
    const { uri, rows, bytes } = result
    const { exports } = this.#record.current
    const at = exports.findLastIndex(entry => entry.uri === uri)
    const entry = exports[at]
    if (entry === undefined) throw new BatchQueryError('INTERNAL', `no native export to ${uri} has begun`)
    const parts = result.parts.slice(0, PARTS_IN_RECORD).map(part => ({ ...part, rows: null, sha256: null }))
    this.#record.set({ exports: exports.with(at, { ...entry, rows, bytes, parts }) })
    await this.#move(uri, 'PUBLISHED')
  }

  committing(uri: string): Promise<void> {
    return this.#move(uri, 'COMMITTING')
  }

  published(uri: string): Promise<void> {
    return this.#move(uri, 'PUBLISHED')
  }

  /** Nothing to write down where the export failed before it was staged. */
  async aborted(uri: string): Promise<void> {
    const latest = this.#record.current.exports.findLast(entry => entry.uri === uri)
    if (latest !== undefined && BEFORE.ABORTED.includes(latest.state)) await this.#move(uri, 'ABORTED')
  }

  /** A task may export to one destination several times: the latest is meant. */
  async #move(uri: string, state: keyof typeof BEFORE): Promise<void> {
    const { id, exports } = this.#record.current
    const at = exports.findLastIndex(entry => entry.uri === uri)
    const entry = exports[at]
    if (entry === undefined || !BEFORE[state].includes(entry.state)) {
      const found = entry?.state ?? 'not staged'
      throw new BatchQueryError(
        'INTERNAL',
        `run ${id}: the export to ${uri} is ${found} and cannot be ${state}`,
      )
    }
    const time = state === 'ABORTED' ? {} : { [TIME_OF[state]]: new Date().toISOString() }
    await this.#record.change({ exports: exports.with(at, { ...entry, state, ...time }) })
  }
}
