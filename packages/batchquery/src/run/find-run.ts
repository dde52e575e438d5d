import { BatchQueryError } from '../errors/index.ts'
import { checkRunId } from '../platform/index.ts'
import type { Store } from '../store/store.ts'
import { listIndex } from './index-listing.ts'
import { recordKey } from './keys.ts'

/** Names the newest run, if no run has this id. */
const LAST = 'last'

/** How many entries of the index are read: a home bucket may have any number of runs. */
const MOST_ENTRIES = 10_000
const MOST_SHOWN = 5
/** Each of these entries takes a request. */
const MOST_WITHOUT_RECORD = 64
const LIST = 'List the runs with `batchquery ls`.'

/** The run that a text names. */
export interface FoundRun {
  readonly id: string
  /** How many of the newest runs the search covered. Null if it covered all, or if older runs do not matter. */
  readonly among: number | null
}

/**
 * Finds the run that a text names: the run with this id; otherwise the newest one for `last`, or the only one whose id begins
 * with the text. Reads the index and no records.
 *
 * @param mostEntries @default 10,000
 * @throws USAGE if several ids begin with the text, and if it cannot be a run id; RUN_NOT_FOUND
 */
export async function findRun(
  store: Store,
  bucket: string,
  text: string,
  mostEntries = MOST_ENTRIES,
): Promise<FoundRun> {
  if (await exists(store, bucket, checkRunId(text))) return { id: text, among: null }
  if (text === LAST) return { id: await newestRun(store, bucket), among: null }
  const matches = new Set<string>()
  let entries = 0
  for await (const { id, ended } of listIndex(store, bucket)) {
    if (entries === mostEntries) return onlyOne(text, matches, store, bucket, entries)
    entries++
    // An entry marked GONE has no record. If the record came later, only the whole id names the run.
    if (id.startsWith(text) && ended?.state !== 'GONE') matches.add(id)
    if (matches.size > MOST_SHOWN) break
  }
  return onlyOne(text, matches, store, bucket, null)
}

const exists = async (store: Store, bucket: string, id: string): Promise<boolean> =>
  (await store.head({ bucket, key: recordKey(id) })) !== null

/** Skips entries without a record, which a crash or a lifecycle rule of the bucket left. */
async function newestRun(store: Store, bucket: string): Promise<string> {
  let without = 0
  for await (const { id, ended } of listIndex(store, bucket)) {
    if (ended?.state === 'GONE') continue
    if (await exists(store, bucket, id)) return id
    if (++without === MOST_WITHOUT_RECORD) break
  }
  throw new BatchQueryError('RUN_NOT_FOUND', `no run exists in ${store.uriOf({ bucket })} (${store.name})`, {
    hint: LIST,
  })
}

function onlyOne(
  text: string,
  matches: ReadonlySet<string>,
  store: Store,
  bucket: string,
  among: number | null,
): FoundRun {
  const [id, ...others] = matches
  if (id === undefined) throw notFound(text, `${store.uriOf({ bucket })} (${store.name})`, among)
  if (others.length === 0) return { id, among }
  const shown = [...matches].slice(0, MOST_SHOWN)
  const more = matches.size > MOST_SHOWN ? ' and more' : ''
  throw new BatchQueryError('USAGE', `several runs begin with ${text}: ${shown.join(', ')}${more}`, {
    hint: 'Write more of the id.',
  })
}

function notFound(text: string, where: string, among: number | null): BatchQueryError {
  const [others, hint] =
    among === null
      ? ['no run begins with that text', LIST]
      : [`none of the newest ${among} runs begins with that text`, 'Write the whole id of an older run.']
  return new BatchQueryError('RUN_NOT_FOUND', `no run ${text} in ${where}, and ${others}`, { hint })
}
