import { isRunId } from '../platform/index.ts'

/**
 * The index of a home bucket: objects whose keys contain all that a listing needs, the newest run first.
 *
 *     index/0<day>/<countdown>_<id>      the entry of a run, written before its record
 *     index/0<day>/<countdown>_<id>!<state>!<code>!<task>!<database>   the end of the run, written after its record
 *     index/<countdown>_<id>             the entry of a run that an earlier version created
 *
 * `<countdown>` is 10^13 - createdAt in ms, 13 digits. `<day>` is 999,999 - the days from 1970 to createdAt (UTC), 6 digits.
 * So keys ascend while times descend, and a listing reads no more days than it needs. `!` sorts before every character of an
 * id, so the end of a run is the next key after its entry. A day begins with 0; no entry of an earlier version does before
 * the year 2255, and earlier versions skip a key with a slash.
 *
 * `<state>` is a final state of a run, or GONE for an entry without a record. `<task>` is the task's own name, without
 * its folder. The last three texts are percent-encoded, except letters, digits, dot, underscore and hyphen, and cut after at
 * most 48 characters, so that the name stays below the 255 bytes that a filesystem takes; `-` means none.
 *
 * Objects are empty, except entries of an earlier version: its `reap` wrote the state of an ended run into them.
 */
export const DAYS_PREFIX = 'index/0'
/** Keys of earlier versions sort after this text, and those of days before it. */
export const AFTER_DAYS = 'index/1'
export const INDEX_PREFIX = 'index/'

/** Milliseconds. The difference to a time from 1970 to 2286 has 13 digits, so keys sort as numbers do. */
const COUNTDOWN_EPOCH = 10 ** 13
const LAST_DAY = 999_999
const DAY_MS = 24 * 60 * 60 * 1000

const MOST_CHARACTERS = 48
const NONE = '-'

export interface IndexEntry {
  readonly id: string
  readonly createdAt: Date
}

/** The end of a run as its key has it. The texts may be cut: compare them with `asInKey` of other texts. */
export interface RunEnd {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'GONE'
  /** The code of the error; null for none. */
  readonly code: string | null
  /** The task's own name, without its folder. */
  readonly task: string | null
  readonly database: string | null
}

export interface IndexKey extends IndexEntry {
  /** The same for the entry of a run and its end, in all versions. Sorts as the keys do. */
  readonly order: string
  /** Null for the key of an entry. */
  readonly end: RunEnd | null
}

export const indexKey = (createdAt: Date, id: string): string =>
  `${DAYS_PREFIX}${dayOf(createdAt)}/${countdownOf(createdAt)}_${id}`

export function endKey({ createdAt, id }: IndexEntry, { state, code, task, database }: RunEnd): string {
  return [indexKey(createdAt, id), state, ...[code, task, database].map(encoded)].join('!')
}

/** Keys that no key of this run is greater than, and that those of the next run are: in its day, and in earlier versions. */
export function lastKeysOf({ createdAt, id }: IndexEntry): {
  readonly day: string
  readonly earlier: string
} {
  const last = `${countdownOf(createdAt)}_${id}!~`
  return { day: `${DAYS_PREFIX}${dayOf(createdAt)}/${last}`, earlier: `${INDEX_PREFIX}${last}` }
}

const KEY =
  /^index\/(?:0(?<day>\d{6})\/)?(?<countdown>\d{13})_(?<id>[^!/]+)(?:!(?<state>SUCCEEDED|FAILED|CANCELLED|GONE)!(?<code>[^!/]+)!(?<task>[^!/]+)!(?<database>[^!/]+))?$/

/** Parses a key of the index; null for a key that batchquery did not write. */
export function parseIndexKey(key: string): IndexKey | null {
  const groups = KEY.exec(key)?.groups
  if (groups === undefined || !isRunId(groups.id)) return null
  const { day, countdown, id } = groups
  const createdAt = new Date(COUNTDOWN_EPOCH - Number(countdown))
  const isInItsDay = day === undefined || day === dayOf(createdAt)
  const end = endOf(groups)
  if (!isInItsDay || end === undefined) return null
  return { id, createdAt, order: `${countdown}_${id}`, end }
}

/** A text, cut as the key of an end cuts it. */
export const asInKey = (text: string | null): string | null => decoded(encoded(text))

/** Null for the key of an entry; undefined if the texts are not encoded correctly. */
function endOf({ state, ...texts }: Readonly<Record<string, string>>): RunEnd | null | undefined {
  if (state === undefined) return null
  if (!isEndState(state)) return undefined
  try {
    return {
      state,
      code: decoded(texts.code),
      task: decoded(texts.task),
      database: decoded(texts.database),
    }
  } catch {
    return undefined
  }
}

const isEndState = (text: string): text is RunEnd['state'] =>
  /^(?:SUCCEEDED|FAILED|CANCELLED|GONE)$/.test(text)

const countdownOf = (createdAt: Date): string =>
  String(COUNTDOWN_EPOCH - createdAt.getTime()).padStart(13, '0')

const dayOf = (createdAt: Date): string =>
  String(LAST_DAY - Math.floor(createdAt.getTime() / DAY_MS)).padStart(6, '0')

/** Cuts between characters, so that a cut text can be decoded. */
function encoded(text: string | null): string {
  if (text === null || text === '') return NONE
  // A text that equals the sign for none must differ from it.
  if (text === NONE) return '%2D'
  let field = ''
  for (const character of text) {
    const next = /[\w.-]/.test(character) ? character : percentEncoded(character)
    if (field.length + next.length > MOST_CHARACTERS) break
    field += next
  }
  return field
}

const percentEncoded = (character: string): string =>
  [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

const decoded = (field: string): string | null => (field === NONE ? null : decodeURIComponent(field))
