import * as v from 'valibot'
import {
  count,
  type NativeResult,
  nativeResult,
  type StagedExport,
  stagedExport,
  stageToken,
} from '../journal/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { StageToken, Store } from '../store/store.ts'
import { ExportObjects, type StoredExport } from './export-objects.ts'
import { type ExportId, VERSION_1 } from './keys.ts'
import { type Immutable, invalidObject, parseObject } from './parse-object.ts'
import type { ExportRecord, RunRecord } from './record.ts'
import { limited, stagedEntry } from './recorded-exports.ts'

/*
 * Reads runs of version 1: the states of all exports in `run.json`, the parts of all exports of an attempt in one ledger,
 * `parts-NNNN.json`, and the tokens of staged objects in `staging-NNNN-MMMM.json`. No program of this version writes them.
 */

const ledgerSchema = v.object({
  version: v.literal(1),
  attempt: count,
  exports: v.array(stagedExport),
  native: v.optional(v.array(nativeResult), []),
})
const pageSchema = v.object({
  version: v.literal(1),
  attempt: count,
  uri: v.string(),
  tokens: v.array(stageToken),
})

type Ledger = Immutable<v.InferOutput<typeof ledgerSchema>>

/** A part takes about 400 bytes. */
const MAX_LEDGER_BYTES = 256 * 1024 * 1024
const MAX_PAGE_BYTES = 1024 * 1024

/** The exports of a run of version 1: for each attempt first the staged ones, then the native ones, then those that only began. */
export async function exportsOfVersion1(
  store: Store,
  bucket: string,
  record: RunRecord,
): Promise<readonly StoredExport[]> {
  const pages = await readPages(store, bucket, record.id)
  const attempts = new Set([...record.exports, ...pages].map(({ attempt }) => attempt))
  for await (const { key } of store.list(bucket, VERSION_1.ledgers(record.id))) {
    const attempt = VERSION_1.parseLedgerKey(record.id, key)
    if (attempt !== null) attempts.add(attempt)
  }
  const exports: StoredExport[] = []
  for (const attempt of [...attempts].toSorted((one, other) => one - other)) {
    const found = await exportsOf(store, bucket, record, attempt)
    const begun = pages.filter(page => page.attempt === attempt).map(page => onlyBegun(page, record))
    exports.push(
      ...[...found, ...begun].map((known, at) => {
        const of = { attempt, number: at + 1 }
        return { ...known, of, plan: null, entry: async () => known.entry(of) }
      }),
    )
  }
  return exports
}

/**
 * Writes the exports of a run of version 1 in the form of version 2, for a later attempt. Safe to repeat. Until the caller
 * writes the record, the run remains one of version 1.
 *
 * @returns the record in the form of version 2
 */
export async function migrated(store: Store, bucket: string, record: RunRecord): Promise<RunRecord> {
  const objects = new ExportObjects(store, bucket, record.id)
  const stored = await exportsOfVersion1(store, bucket, record)
  for (const one of stored) await migrate(one, objects)
  const shown = stored.filter(({ state }) => state !== 'BEGUN')
  const entries = await Promise.all(shown.map(one => one.entry()))
  return { ...record, version: 2, exports: limited(entries), exportCount: entries.length }
}

async function migrate({ of, state, ...stored }: StoredExport, objects: ExportObjects): Promise<void> {
  const begun = await stored.begun()
  await objects.begin(of, begun)
  const tokens = await stored.tokens()
  if (tokens.length > 0) await objects.writeTokens(of, 1, tokens)
  if (state === 'BEGUN') return
  if (begun.mode === 'streamed') await objects.writeStaged(of, await stored.staged())
  const { committingAt } = await stored.entry()
  if (committingAt !== null) await objects.change(of, 'committing', committingAt, null)
  if (state === 'ABORTED') await objects.change(of, 'aborted', begun.at, null)
  if (state !== 'PUBLISHED') return
  const { at, native } = await stored.published()
  await objects.change(of, 'published', at, native)
}

type Unnumbered = Omit<StoredExport, 'of' | 'entry' | 'plan'> & {
  readonly entry: (of: ExportId) => ExportRecord
}

async function exportsOf(
  store: Store,
  bucket: string,
  record: RunRecord,
  attempt: number,
): Promise<readonly Unnumbered[]> {
  const ledger = await findLedger(store, bucket, record.id, attempt)
  const recorded = record.exports.filter(entry => entry.attempt === attempt)
  const streamed = recorded.filter(({ mode }) => mode === 'streamed')
  const staged = ledger?.exports ?? []
  for (const [at, { uri }] of streamed.entries())
    if (staged[at]?.uri !== uri)
      throw invalidObject(
        store.uriOf({ bucket, key: VERSION_1.ledgerKey(record.id, attempt) }),
        `exports.${at}.uri: the run record has ${JSON.stringify(uri.slice(0, 500))} instead`,
      )
  const native = [...(ledger?.native ?? [])]
  return [
    // The ledger may have one more export than the record: the runner died between the two writes.
    ...staged.map((entry, at) => streamedExport(entry, streamed[at] ?? null, record)),
    ...recorded
      .filter(({ mode }) => mode === 'native')
      .map(entry => nativeExport(entry, entry.state === 'PUBLISHED' ? native.shift() : undefined, record)),
  ]
}

function streamedExport(
  staged: StagedExport,
  recorded: ExportRecord | null,
  { createdAt }: RunRecord,
): Unnumbered {
  const { uri, format, manifest } = staged
  return {
    state: recorded?.state ?? 'STAGED',
    begun: async () => ({ uri, mode: 'streamed', format, manifest, at: createdAt }),
    staged: async () => staged,
    published: async () => ({ at: recorded?.publishedAt ?? createdAt, native: null }),
    tokens: async () => [],
    ranges: async () => [],
    entry: of => (recorded === null ? stagedEntry(of, staged) : { ...recorded, ...of }),
  }
}

/** The methods of an export whose parts are in no ledger. */
function unstaged({ id }: RunRecord, uri: string): Pick<Unnumbered, 'staged' | 'entry'> {
  const missing = () =>
    invalidObject(`the ledger of run ${id}`, `it lacks the export to ${uri.slice(0, 500)}`)
  return {
    staged: () => Promise.reject(missing()),
    entry() {
      throw missing()
    },
  }
}

function nativeExport(
  recorded: ExportRecord,
  result: NativeResult | undefined,
  record: RunRecord,
): Unnumbered {
  const { uri, format, manifest, committingAt, publishedAt, state } = recorded
  const { createdAt } = record
  return {
    ...unstaged(record, uri),
    state,
    begun: async () => ({ uri, mode: 'native', format, manifest, at: committingAt ?? createdAt }),
    published: async () => ({ at: publishedAt ?? createdAt, native: result ?? null }),
    tokens: async () => [],
    ranges: async () => [],
    entry: of => ({ ...recorded, ...of }),
  }
}

function onlyBegun({ uri, tokens }: Page, record: RunRecord): Unnumbered {
  const { createdAt } = record
  return {
    ...unstaged(record, uri),
    state: 'BEGUN',
    begun: async () => ({ uri, mode: 'streamed', format: 'TEXT', manifest: null, at: createdAt }),
    published: async () => ({ at: createdAt, native: null }),
    tokens: async () => tokens,
    ranges: async () => [],
  }
}

interface Page {
  readonly attempt: number
  readonly uri: string
  readonly tokens: readonly StageToken[]
}

/** The tokens of each attempt and destination. */
async function readPages(store: Store, bucket: string, id: string): Promise<readonly Page[]> {
  const pages = new Map<string, Omit<Page, 'tokens'> & { readonly tokens: StageToken[] }>()
  for await (const { key } of store.list(bucket, VERSION_1.pages(id))) {
    const attempt = VERSION_1.parsePageKey(id, key)
    const page = attempt === null ? null : await readPage(store, bucket, key, id, attempt)
    if (page === null) continue
    const name = `${page.attempt} ${page.uri}`
    const known = pages.get(name) ?? { attempt: page.attempt, uri: page.uri, tokens: [] }
    known.tokens.push(...page.tokens)
    pages.set(name, known)
  }
  return [...pages.values()]
}

async function readPage(store: Store, bucket: string, key: string, id: string, attempt: number) {
  const where = store.uriOf({ bucket, key })
  const bytes = await readBounded(store, { bucket, key }, MAX_PAGE_BYTES)
  if (bytes === null) return null
  if (bytes === 'too large') throw invalidObject(where, `larger than ${MAX_PAGE_BYTES} bytes`)
  const page = parseObject(pageSchema, bytes, where)
  if (page.attempt !== attempt)
    throw invalidObject(where, `attempt: this is the page of attempt ${page.attempt}`)
  const foreign = page.tokens.findIndex(({ owner }) => owner !== id)
  if (foreign !== -1) throw invalidObject(where, `tokens.${foreign}.owner: not run ${id}`)
  return page
}

async function findLedger(store: Store, bucket: string, id: string, attempt: number): Promise<Ledger | null> {
  const key = VERSION_1.ledgerKey(id, attempt)
  const where = store.uriOf({ bucket, key })
  const bytes = await readBounded(store, { bucket, key }, MAX_LEDGER_BYTES)
  if (bytes === null) return null
  if (bytes === 'too large') throw invalidObject(where, `larger than ${MAX_LEDGER_BYTES} bytes`)
  return parseLedger(bytes, where, id, attempt)
}

/**
 * Parses bytes that any program may have written, as the ledger of an attempt.
 *
 * @param where names the object in messages
 * @throws RUN_RECORD_INVALID naming the first field that is wrong
 */
export function parseLedger(bytes: Uint8Array, where: string, id: string, attempt: number): Ledger {
  const ledger = parseObject(ledgerSchema, bytes, where)
  if (ledger.attempt !== attempt)
    throw invalidObject(where, `attempt: this is the ledger of attempt ${ledger.attempt}`)
  for (const [at, { parts }] of ledger.exports.entries()) {
    const foreign = parts.findIndex(({ token }) => token.owner !== id)
    if (foreign !== -1)
      throw invalidObject(where, `exports.${at}.parts.${foreign}.token.owner: not run ${id}`)
  }
  return ledger
}
