import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import {
  begunParallel,
  exportFormat,
  type NativeResult,
  nativeResult,
  objectsToCommit,
  type RangeEntry,
  type RecordedPlan,
  rangeEntry,
  recordedPlan,
  type StagedExport,
  stagedExport,
  stageToken,
  time,
} from '../journal/index.ts'
import { quoted } from '../platform/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { StageToken, Store } from '../store/store.ts'
import { type ExportId, exportKey, exportsPrefix, parseExportKey } from './keys.ts'
import { invalidObject, parseObject, toJsonBytes } from './parse-object.ts'
import type { ExportRecord, ExportState } from './record.ts'
import { changedEntry, nativeEntry, stagedEntry } from './recorded-exports.ts'

/*
 * The exports of a run in the store, version 2: a folder for each, `runs/<id>/exports/AAAA-NNNN/`, with one object for
 * each change of its state. The owner of the run creates them. Only the open page of tokens is written more than once:
 *
 *     begun.json ─▶ tokens-MMMM.json … ─▶ staged.json ─▶ committing.json ─▶ published.json
 *         └──────────────┴────────────────────┴───────────────┴──────────▶ aborted.json
 *
 * If several sessions read the rows, `plan.json` says how they divide them, for people. If a later attempt may keep what they read,
 * `range-RRRRR.json` has the parts of a range. Machines that read the ranges together have further objects there: range-board.ts. A
 * version that does not know such objects ignores them: it removes the parts as it removes everything that was staged.
 *
 * So the cost of an export does not depend on how many came before it. The keys alone show the state: a reader need not read
 * the objects.
 */

export const VERSION = 2

/** The objects that change the state of an export, in their order. */
export const EXPORT_OBJECTS = ['begun', 'staged', 'committing', 'published', 'aborted'] as const
export type ExportObject = (typeof EXPORT_OBJECTS)[number]

const version = v.literal(VERSION)

const begunSchema = v.object({
  version,
  uri: v.string(),
  mode: v.picklist(['native', 'streamed']),
  format: exportFormat,
  /** The manifest's URI. Null if there is none, and for a streamed export, whose `staged` object has it. */
  manifest: v.nullable(v.string()),
  /** When it began; by the store's clock for a native export. */
  at: time,
  /** Only if several sessions read the rows. */
  parallel: v.optional(begunParallel),
})
export const tokensSchema = v.object({ version, tokens: v.array(stageToken) })
const planSchema = v.object({ version, plan: recordedPlan })
export const rangeSchema = v.object({ version, range: rangeEntry })
const stagedSchema = v.object({ version, export: stagedExport })
/** `native` is what the server wrote itself. */
const changedSchema = v.object({ version, at: time, native: v.optional(nativeResult) })

/** The facts known when an export begins. */
export type BegunExport = Omit<v.InferOutput<typeof begunSchema>, 'version'>

/** A part takes about 400 bytes. */
export const MOST_STAGED_BYTES = 256 * 1024 * 1024
const MOST_BYTES = 1024 * 1024

/**
 * An export of a run, read from the store. Any program that may write to the bucket may have written it, so each method
 * checks what it reads.
 *
 * @throws RUN_RECORD_INVALID naming the first field that is wrong, or the object that is missing
 */
export interface StoredExport {
  readonly of: ExportId
  /** BEGUN: the export began, and its parts are not all staged. */
  readonly state: 'BEGUN' | ExportState
  begun(): Promise<BegunExport>
  /** Only if its parts are all staged. */
  staged(): Promise<StagedExport>
  /** Only if it is published. `native` is what the server wrote itself. */
  published(): Promise<{ readonly at: string; readonly native: NativeResult | null }>
  /** The recorded tokens of its staged objects. Empty if the store itself keeps the owner of a staged object. */
  tokens(): Promise<readonly StageToken[]>
  /** The ranges that are read whole, in the order of their numbers. */
  ranges(): Promise<readonly RangeEntry[]>
  /** How several sessions read its rows; null if one did, or if an earlier version wrote it. */
  readonly plan: (() => Promise<RecordedPlan>) | null
  /** The entry for the record; not for a BEGUN export. */
  entry(): Promise<ExportRecord>
}

/** The objects in the folder of an export. */
interface ExportFolder {
  readonly of: ExportId
  readonly objects: Set<ExportObject>
  /** The keys of its pages of tokens. */
  readonly pages: string[]
  /** The keys of its ranges. */
  readonly ranges: string[]
  hasPlan: boolean
}

/** Reads and writes the objects of one run's exports. */
export class ExportObjects {
  readonly #store: Store
  readonly #bucket: string
  readonly #id: string

  constructor(store: Store, bucket: string, id: string) {
    this.#store = store
    this.#bucket = bucket
    this.#id = id
  }

  async begin(of: ExportId, begun: BegunExport): Promise<void> {
    await this.#create(of, 'begun', begun)
  }

  async writeStaged(of: ExportId, staged: StagedExport): Promise<void> {
    await this.#create(of, 'staged', { export: staged })
  }

  async change(
    of: ExportId,
    to: 'committing' | 'published' | 'aborted',
    at: string,
    native: NativeResult | null,
  ): Promise<void> {
    await this.#create(of, to, { at, ...(native && { native }) })
  }

  /** @param page from 1 */
  async writeTokens(of: ExportId, page: number, tokens: readonly StageToken[]): Promise<void> {
    const key = exportKey(this.#id, of, `tokens-${String(page).padStart(4, '0')}`)
    await this.#store.put({ bucket: this.#bucket, key }, toJsonBytes({ version: VERSION, tokens }))
  }

  async writePlan(of: ExportId, plan: RecordedPlan): Promise<void> {
    await this.#create(of, 'plan', { plan })
  }

  /**
   * @throws VERIFICATION if the range was written before with another content, by another process that read it too; the store has the
   *   parts of that one
   */
  async writeRange(of: ExportId, range: RangeEntry): Promise<void> {
    const key = exportKey(this.#id, of, `range-${String(range.number).padStart(5, '0')}`)
    const bytes = toJsonBytes({ version: VERSION, range })
    if (await this.#store.create({ bucket: this.#bucket, key }, bytes)) return
    const earlier = await readBounded(this.#store, { bucket: this.#bucket, key }, MOST_STAGED_BYTES)
    if (earlier instanceof Uint8Array && Buffer.compare(bytes, earlier) === 0) return
    throw new BatchQueryError(
      'VERIFICATION',
      `range ${range.number} of the export was read twice: ${this.#store.uriOf({ bucket: this.#bucket, key })} has other parts`,
      { hint: 'Nothing of the second reading remains. Start a new run: `batchquery rerun RUN`.' },
    )
  }

  /** The exports in the order of attempt and number. Only lists keys. */
  async list(): Promise<readonly StoredExport[]> {
    const folders = new Map<string, ExportFolder>()
    for await (const { key } of this.#store.list(this.#bucket, exportsPrefix(this.#id))) {
      const parsed = parseExportKey(this.#id, key)
      if (parsed === null) continue
      const { of, name } = parsed
      const folder = folders.get(`${of.attempt}-${of.number}`) ?? {
        of,
        objects: new Set(),
        pages: [],
        ranges: [],
        hasPlan: false,
      }
      folders.set(`${of.attempt}-${of.number}`, folder)
      const object = EXPORT_OBJECTS.find(known => known === name)
      if (object !== undefined) folder.objects.add(object)
      else if (name === 'plan') folder.hasPlan = true
      else if (/^tokens-(w\d{4}-\d{2}-)?\d{4,9}$/.test(name)) folder.pages.push(key)
      else if (/^range-\d{5,9}$/.test(name)) folder.ranges.push(key)
    }
    return [...folders.values()]
      .toSorted((one, other) => one.of.attempt - other.of.attempt || one.of.number - other.of.number)
      .map(folder => this.#stored(folder))
  }

  #stored({ of, objects, pages, ranges, hasPlan }: ExportFolder): StoredExport {
    const state = stateOf(objects)
    let begun: Promise<BegunExport> | null = null
    const stored: StoredExport = {
      of,
      state,
      begun() {
        begun ??= read()
        return begun
      },
      staged: async () => this.#staged(of, await stored.begun()),
      published: () => this.#changed(of, 'published'),
      tokens: () => this.#tokens(pages),
      ranges: () => this.#ranges(ranges),
      plan: hasPlan ? async () => (await this.#read(exportKey(this.#id, of, 'plan'), planSchema)).plan : null,
      entry: () => this.#entry(stored),
    }
    const read = () => this.#read(exportKey(this.#id, of, 'begun'), begunSchema)
    return stored
  }

  async #entry({ of, state, begun, staged }: StoredExport): Promise<ExportRecord> {
    const first = await begun()
    const entry = first.mode === 'native' ? nativeEntry(of, first, first.at) : stagedEntry(of, await staged())
    if (state === 'BEGUN' || state === 'STAGED') return entry
    if (state === 'ABORTED') return changedEntry(entry, 'ABORTED', first.at, null)
    const committing = await this.#changed(of, 'committing')
    const begunEntry = changedEntry(entry, 'COMMITTING', committing.at, null)
    if (state === 'COMMITTING') return begunEntry
    const { at, native } = await this.#changed(of, 'published')
    return changedEntry(begunEntry, 'PUBLISHED', at, native)
  }

  async #staged(of: ExportId, { uri }: BegunExport): Promise<StagedExport> {
    const key = exportKey(this.#id, of, 'staged')
    const { export: staged } = await this.#read(key, stagedSchema, MOST_STAGED_BYTES)
    if (staged.uri !== uri)
      throw invalidObject(
        this.#store.uriOf({ bucket: this.#bucket, key }),
        `export.uri: its begun export is for ${quoted(uri)}`,
      )
    this.#refuseForeign(
      key,
      objectsToCommit(staged).map(({ token }) => token),
    )
    return staged
  }

  async #changed(of: ExportId, to: 'committing' | 'published') {
    const key = exportKey(this.#id, of, to)
    const { at, native = null } = await this.#read(key, changedSchema, MOST_STAGED_BYTES)
    return { at, native }
  }

  async #tokens(pages: readonly string[]): Promise<readonly StageToken[]> {
    const tokens: StageToken[] = []
    for (const key of pages) {
      const page = await this.#read(key, tokensSchema)
      this.#refuseForeign(key, page.tokens)
      tokens.push(...page.tokens)
    }
    return tokens
  }

  async #ranges(keys: readonly string[]): Promise<readonly RangeEntry[]> {
    const ranges: RangeEntry[] = []
    for (const key of keys.toSorted()) {
      const { range } = await this.#read(key, rangeSchema, MOST_STAGED_BYTES)
      this.#refuseForeign(
        key,
        range.parts.map(({ token }) => token),
      )
      ranges.push(range)
    }
    return ranges
  }

  /** The object may exist already, after an earlier try or a lost answer. It has the same content then. */
  async #create(of: ExportId, name: ExportObject | 'plan', content: object): Promise<void> {
    const address = { bucket: this.#bucket, key: exportKey(this.#id, of, name) }
    await this.#store.create(address, toJsonBytes({ version: VERSION, ...content }))
  }

  async #read<Schema extends v.GenericSchema>(
    key: string,
    schema: Schema,
    most = MOST_BYTES,
  ): Promise<v.InferOutput<Schema>> {
    const where = this.#store.uriOf({ bucket: this.#bucket, key })
    const bytes = await readBounded(this.#store, { bucket: this.#bucket, key }, most)
    if (bytes === null) throw invalidObject(where, 'it is missing')
    if (bytes === 'too large') throw invalidObject(where, `larger than ${most} bytes`)
    return parseObject(schema, bytes, where, VERSION)
  }

  /** Another program may have written the object. A token names its run, so tokens of other runs are refused. */
  #refuseForeign(key: string, tokens: readonly StageToken[]): void {
    const foreign = tokens.findIndex(({ owner }) => owner !== this.#id)
    if (foreign === -1) return
    throw invalidObject(
      this.#store.uriOf({ bucket: this.#bucket, key }),
      `token ${foreign}: owner: not run ${this.#id}`,
    )
  }
}

function stateOf(objects: ReadonlySet<ExportObject>): StoredExport['state'] {
  if (objects.has('published')) return 'PUBLISHED'
  if (objects.has('aborted')) return 'ABORTED'
  if (objects.has('committing')) return 'COMMITTING'
  return objects.has('staged') ? 'STAGED' : 'BEGUN'
}
