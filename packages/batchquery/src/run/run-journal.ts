import { BatchQueryError } from '../errors/index.ts'
import type { Journal, JournalStep, NativeResult, StagedExport, StepOf } from '../journal/index.ts'
import type { Store } from '../store/store.ts'
import type { DestinationLocks } from './destination-locks.ts'
import { ExportObjects, type StoredExport } from './export-objects.ts'
import { type ExportId, stagingMarkKey } from './keys.ts'
import type { OwnedRecord } from './owned-record.ts'
import type { Ownership } from './ownership.ts'
import { changedEntry, ExportList, nativeEntry, stagedEntry } from './recorded-exports.ts'
import { isAlone } from './remove-staging.ts'
import { readEach } from './stored-exports.ts'
import { TokenPages } from './token-pages.ts'

/** The states that may come before a state. */
const BEFORE: Record<Change['to'], readonly StoredExport['state'][]> = {
  COMMITTING: ['STAGED'],
  PUBLISHED: ['COMMITTING'],
  ABORTED: ['STAGED', 'COMMITTING'],
}

interface Change {
  readonly to: 'COMMITTING' | 'PUBLISHED' | 'ABORTED'
  readonly native: NativeResult | null
}

/** The latest export to a destination. */
interface Latest {
  readonly of: ExportId
  state: StoredExport['state']
  page: TokenPages | null
}

/**
 * The journal of the owner of a run. It writes an object for each step into the folder of the export (export-objects.ts),
 * and the latest exports into the record. If the two differ, the objects count.
 */
export class RunJournal implements Journal {
  readonly #record: OwnedRecord
  readonly #ownership: Ownership
  readonly #locks: DestinationLocks
  readonly #store: Store
  readonly #bucket: string
  readonly #meetRivals: (uri: string) => Promise<void>
  readonly #objects: ExportObjects
  readonly #shown: ExportList
  /** By destination. A task may export to the same destination several times. */
  readonly #latest = new Map<string, Latest>()
  readonly #ours = new Set<string>()
  #exports = 0

  constructor(
    record: OwnedRecord,
    ownership: Ownership,
    locks: DestinationLocks,
    store: Store,
    bucket: string,
    meetRivals: (uri: string) => Promise<void>,
  ) {
    this.#record = record
    this.#ownership = ownership
    this.#locks = locks
    this.#store = store
    this.#bucket = bucket
    this.#meetRivals = meetRivals
    this.#objects = new ExportObjects(store, bucket, record.current.id)
    this.#shown = new ExportList(record)
  }

  isOurs(uri: string): boolean {
    return this.#ours.has(uri)
  }

  isAlone(uri: string): Promise<boolean> {
    return isAlone(this.#store, this.#bucket, this.#record.current.id, uri)
  }

  /** Whether the latest export of this run to a destination is published. */
  isPublished(uri: string): boolean {
    return this.#latest.get(uri)?.state === 'PUBLISHED'
  }

  /** The latest export of this run to a destination. */
  exportOf(uri: string): ExportId {
    return this.#expect(uri, ['BEGUN'], 'read by other machines').of
  }

  /** See rivals.ts. @throws DESTINATION_LOCKED */
  meetRivals(uri: string): Promise<void> {
    return this.#meetRivals(uri)
  }

  /** Adds exports that other processes wrote for this run: the ones published count as ours, and the record shows them. */
  async adopt(exports: readonly StoredExport[]): Promise<void> {
    // Reads all in parallel here. The recovery that follows then has them, and goes through them one by one.
    const begun = await readEach(exports, stored => stored.begun())
    for (const [at, { state }] of exports.entries()) if (state === 'PUBLISHED') this.#ours.add(begun[at].uri)
    await this.#shown.adopt(exports)
  }

  /** From now on, the steps for a destination belong to this export. */
  resume(uri: string, { of, state }: StoredExport): void {
    this.#latest.set(uri, { of, state, page: null })
  }

  async write(step: JournalStep): Promise<void> {
    switch (step.step) {
      case 'lock':
        await this.#ownership.check()
        return this.#locks.lock(step.uri)
      case 'unlock':
        return this.#unlock(step.uri)
      case 'confirm':
        return this.#ownership.confirm()
      case 'begun':
        return this.#begin(step)
      case 'planned':
        return this.#objects.writePlan(this.#expect(step.uri, ['BEGUN'], 'planned').of, step.plan)
      case 'opened':
        return this.#latest.get(step.uri)?.page?.add(step.token)
      case 'range':
        return this.#finishRange(step)
      case 'staged':
        return this.#stage(step.export)
      case 'committing':
        return this.#change(step.uri, { to: 'COMMITTING', native: null })
      case 'published':
        return this.#change(step.uri, { to: 'PUBLISHED', native: null })
      case 'aborted':
        return this.#abort(step.uri)
      case 'unmarked':
        return this.#unmark(step.uri)
      case 'nativeBegun':
        return this.#beginNative(step)
      case 'nativeDone':
        return this.#change(step.result.uri, { to: 'PUBLISHED', native: step.result })
    }
  }

  get #attempt(): number {
    return this.#record.current.attempt
  }

  /** Does nothing if the run is lost: its new owner may have the lock by now, and the lock has the id of the same run. */
  async #unlock(uri: string): Promise<void> {
    if (this.#ownership.lost.aborted) return
    await this.#ownership.confirm()
    await this.#locks.unlock(uri)
  }

  /** Writes the mark before it looks for rivals. So if two runs begin at once, at least one sees the other. */
  async #begin({ uri, format, parallel }: StepOf<'begun'>): Promise<void> {
    const of = this.#next()
    const at = new Date().toISOString()
    const begun = {
      uri,
      mode: 'streamed',
      format,
      manifest: null,
      at,
      ...(parallel && { parallel }),
    } as const
    // The folder comes before the mark: recovery finds marks through the folders.
    await this.#objects.begin(of, begun)
    this.#latest.set(uri, {
      of,
      state: 'BEGUN',
      page: new TokenPages((...page) => this.#objects.writeTokens(of, ...page)),
    })
    await this.#store.create(this.#markOf(uri, of), Buffer.from(uri))
    try {
      await this.#meetRivals(uri)
    } catch (thrown) {
      await this.#unmark(uri)
      throw thrown
    }
  }

  async #finishRange({ uri, range }: StepOf<'range'>): Promise<void> {
    await this.#ownership.check()
    await this.#objects.writeRange(this.#expect(uri, ['BEGUN'], 'read in ranges').of, range)
  }

  async #stage(staged: StagedExport): Promise<void> {
    const latest = this.#expect(staged.uri, ['BEGUN'], 'STAGED')
    await this.#objects.writeStaged(latest.of, staged)
    latest.state = 'STAGED'
    await this.#shown.add(stagedEntry(latest.of, staged))
  }

  async #beginNative({ uri, format, manifest, since }: StepOf<'nativeBegun'>): Promise<void> {
    const of = this.#next()
    await this.#ownership.confirm()
    await this.#objects.begin(of, { uri, mode: 'native', format, manifest, at: since })
    await this.#objects.change(of, 'committing', since, null)
    this.#latest.set(uri, { of, state: 'COMMITTING', page: null })
    await this.#shown.add(nativeEntry(of, { uri, format, manifest }, since))
  }

  /** Writes nothing if the export failed before it was staged. */
  async #abort(uri: string): Promise<void> {
    const state = this.#latest.get(uri)?.state
    if (state !== undefined && BEFORE.ABORTED.includes(state))
      await this.#change(uri, { to: 'ABORTED', native: null })
  }

  /** If the run is lost, skips the change, except COMMITTING. @throws RUN_CLAIMED for COMMITTING if the run is lost */
  async #change(uri: string, { to, native }: Change): Promise<void> {
    const latest = this.#expect(uri, BEFORE[to], to)
    if (this.#ownership.lost.aborted && to !== 'COMMITTING') return
    await this.#ownership.confirm()
    const at = new Date().toISOString()
    const name = ({ COMMITTING: 'committing', PUBLISHED: 'published', ABORTED: 'aborted' } as const)[to]
    await this.#objects.change(latest.of, name, at, native)
    latest.state = to
    if (to === 'PUBLISHED') this.#ours.add(uri)
    await this.#shown.change(latest.of, entry => changedEntry(entry, to, at, native))
  }

  async #unmark(uri: string): Promise<void> {
    const latest = this.#latest.get(uri)
    if (latest === undefined) return
    latest.page = null
    await this.#store.delete(this.#markOf(uri, latest.of))
  }

  #next(): ExportId {
    return { attempt: this.#attempt, number: ++this.#exports }
  }

  #markOf(uri: string, { attempt }: ExportId) {
    return { bucket: this.#bucket, key: stagingMarkKey(uri, this.#record.current.id, attempt) }
  }

  #expect(uri: string, states: readonly StoredExport['state'][], to: string): Latest {
    const latest = this.#latest.get(uri)
    if (latest !== undefined && states.includes(latest.state)) return latest
    const { id } = this.#record.current
    throw new BatchQueryError(
      'INTERNAL',
      `run ${id}: the export to ${uri} is ${latest?.state ?? 'not begun'} and cannot be ${to}`,
    )
  }
}
