import type { ObjectInfo, Store } from '../store/store.ts'
import {
  AFTER_DAYS,
  DAYS_PREFIX,
  INDEX_PREFIX,
  type IndexEntry,
  type IndexKey,
  lastKeysOf,
  parseIndexKey,
  type RunEnd,
} from './index-keys.ts'

/** A run as the index has it. */
export interface IndexedRun extends IndexEntry {
  /** How it ended; null if the index does not say. */
  readonly ended: RunEnd | null
  /** Whether it has ended, even if the index does not say how. */
  readonly hasEnded: boolean
  /** When its entry was written, by the store's clock; null if only its end exists. */
  readonly enteredAt: Date | null
}

/** The keys with one time and id: those of one run. */
interface Group {
  readonly order: string
  readonly objects: readonly IndexObject[]
}

interface IndexObject {
  readonly key: IndexKey
  readonly info: ObjectInfo
}

/**
 * Lists the runs of the index, the newest first; runs of the same millisecond in the order of their ids' bytes. Reads only as
 * far as the caller iterates. Merges two listings: the entries by days, and those of earlier versions.
 *
 * @param after only runs that come after this one in that order @default - all
 */
export async function* listIndex(
  store: Store,
  bucket: string,
  after: IndexEntry | null = null,
): AsyncGenerator<IndexedRun> {
  const passed = after === null ? null : lastKeysOf(after)
  const days = groupsOf(store.list(bucket, DAYS_PREFIX, passed?.day))
  const earlier = groupsOf(store.list(bucket, INDEX_PREFIX, passed?.earlier ?? AFTER_DAYS))
  for await (const group of merged(days, earlier)) yield runOf(group)
}

async function* groupsOf(listing: AsyncIterable<ObjectInfo>): AsyncGenerator<Group> {
  let group: Group | null = null
  for await (const info of listing) {
    const key = parseIndexKey(info.key)
    if (key === null) continue
    const next: Group = { order: key.order, objects: [{ key, info }] }
    if (group === null || group.order !== next.order) {
      if (group !== null) yield group
      group = next
    } else group = joined(group, next)
  }
  if (group !== null) yield group
}

async function* merged(one: AsyncGenerator<Group>, other: AsyncGenerator<Group>): AsyncGenerator<Group> {
  try {
    let [left, right] = await Promise.all([one.next(), other.next()])
    for (;;) {
      if (left.done) {
        if (right.done) return
        yield right.value
        right = await other.next()
      } else if (right.done || left.value.order < right.value.order) {
        yield left.value
        left = await one.next()
      } else if (left.value.order > right.value.order) {
        yield right.value
        right = await other.next()
      } else {
        yield joined(left.value, right.value)
        ;[left, right] = await Promise.all([one.next(), other.next()])
      }
    }
  } finally {
    await Promise.all([one.return(null), other.return(null)])
  }
}

const joined = ({ order, objects }: Group, other: Group): Group => ({
  order,
  objects: [...objects, ...other.objects],
})

function runOf({ objects }: Group): IndexedRun {
  const [{ key }] = objects
  const ends = objects.flatMap(object => object.key.end ?? [])
  const entries = objects.filter(object => object.key.end === null)
  const wasFoundEnded = entries.some(({ info }) => info.bytes > 0)
  return {
    id: key.id,
    createdAt: key.createdAt,
    ended: oneOf(ends),
    hasEnded: ends.length > 0 || wasFoundEnded,
    enteredAt: entries[0]?.info.lastModified ?? null,
  }
}

/** If a record came after `reap` wrote GONE, the run has two ends, and the other one counts. */
function oneOf(ends: readonly RunEnd[]): RunEnd | null {
  const [first = null, ...others] = ends.filter(({ state }) => state !== 'GONE')
  if (first === null) return ends[0] ?? null
  // Two processes each believed that they owned the run. The record shows which end is right.
  return others.every(({ state }) => state === first.state) ? first : null
}
