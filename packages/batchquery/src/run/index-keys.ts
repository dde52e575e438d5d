import { isRunId } from '../platform/index.ts'

/**
 * The index of a home bucket: objects whose keys contain all that a listing needs, the newest run first.
 *
 *     index/0<day>/<countdown>_<id>      the entry of a run, written before its record
 *     index/0<day>/<countdown>_<id>!<state>!<code>!<task>!<database>!<facts>   the end of the run, written after its record
 *     index/<countdown>_<id>             the entry of a run that an earlier version created
 *
 * `<countdown>` is 10^13 - createdAt in ms, 13 digits. `<day>` is 999,999 - the days from 1970 to createdAt (UTC), 6 digits.
 * So keys ascend while times descend, and a listing reads no more days than it needs. `!` sorts before every character of an
 * id, so the end of a run is the next key after its entry. A day begins with 0; no entry of an earlier version does before
 * the year 2255, and earlier versions skip a key with a slash.
 *
 * `<state>` is a final state of a run, or GONE for an entry without a record. `<task>` is the task's own name, without
 * its folder. These three texts are percent-encoded, except letters, digits, dot, underscore and hyphen, and cut after at most 48
 * characters, so that the name stays below the 255 bytes that a filesystem takes; `-` means none. `~` marks a text that is cut.
 *
 * `<facts>` are numbers in base 36, with a dot between: the ms from createdAt to the start (`-` for none), the ms from the start to the
 * end, the rows, the bytes; on Fargate also CPU units, MiB, `x` or `a` (ARM), and the ms that AWS charged. Earlier versions wrote
 * no facts, and no mark.
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
/** The name of a file has at most so many bytes. */
const LONGEST_NAME = 255
const CUT = '~'
const NONE = '-'

export interface IndexEntry {
  readonly id: string
  readonly createdAt: Date
}

/** What a list shows of a run that has ended. Times are in milliseconds. */
export interface EndFacts {
  /** From the creation to the start; null if it never started. */
  readonly startedMs: number | null
  readonly tookMs: number
  readonly rows: number
  readonly bytes: number
  /** The ECS task; null on other engines. */
  readonly charged: ChargedTask | null
}

/** What AWS charges for an ECS task by. */
export interface ChargedTask {
  /** CPU units, 1024 a vCPU. */
  readonly cpu: number
  /** MiB. */
  readonly memory: number
  readonly architecture: 'X86_64' | 'ARM64'
  readonly ms: number
}

/** The end of a run as its key has it. A text that is cut ends with `…`: compare the texts with `mayBe`. */
export interface RunEnd {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'GONE'
  /** The code of the error; null for none. */
  readonly code: string | null
  /** The task's own name, without its folder. */
  readonly task: string | null
  readonly database: string | null
  /** Absent if an earlier version wrote the key, and for GONE. */
  readonly facts?: EndFacts
}

export interface IndexKey extends IndexEntry {
  /** The same for the entry of a run and its end, in all versions. Sorts as the keys do. */
  readonly order: string
  /** Null for the key of an entry. */
  readonly end: RunEnd | null
}

export const indexKey = (createdAt: Date, id: string): string =>
  `${DAYS_PREFIX}${dayOf(createdAt)}/${countdownOf(createdAt)}_${id}`

export function endKey({ createdAt, id }: IndexEntry, end: RunEnd): string {
  const { state, code, task, database, facts } = end
  const entry = indexKey(createdAt, id)
  if (facts === undefined)
    return [entry, state, ...[code, task, database].map(text => encoded(text))].join('!')
  const numbers = factsText(facts)
  const first = encoded(code, MOST_CHARACTERS, CUT)
  const name = entry.slice(entry.lastIndexOf('/') + 1)
  const room = LONGEST_NAME - [name, state, first, '', '', numbers].join('!').length
  const last = encoded(database, Math.min(MOST_CHARACTERS, Math.floor(room / 2)), CUT)
  const middle = encoded(task, Math.min(MOST_CHARACTERS, room - last.length), CUT)
  return [entry, state, first, middle, last, numbers].join('!')
}

const factsText = ({ startedMs, tookMs, rows, bytes, charged }: EndFacts): string =>
  [
    startedMs === null ? NONE : base36(startedMs),
    ...[tookMs, rows, bytes].map(base36),
    ...(charged === null
      ? []
      : [
          base36(charged.cpu),
          base36(charged.memory),
          charged.architecture === 'ARM64' ? 'a' : 'x',
          base36(charged.ms),
        ]),
  ].join('.')

/** Never negative: the clocks of two machines may differ. */
const base36 = (number: number): string => Math.max(0, Math.round(number)).toString(36)

/** Undefined for a text that batchquery did not write. */
function parseFacts(text: string): EndFacts | undefined {
  const fields = FACTS.exec(text)?.groups
  if (fields === undefined) return undefined
  const { started, took, rows, bytes, cpu, memory, arch, ms } = fields
  const number = (field: string) => Number.parseInt(field, 36)
  return {
    startedMs: started === NONE ? null : number(started),
    ...{ tookMs: number(took), rows: number(rows), bytes: number(bytes) },
    charged:
      arch === undefined
        ? null
        : {
            ...{ cpu: number(cpu), memory: number(memory), ms: number(ms) },
            architecture: arch === 'a' ? 'ARM64' : 'X86_64',
          },
  }
}

const FACTS =
  /^(?<started>-|[0-9a-z]{1,11})\.(?<took>[0-9a-z]{1,11})\.(?<rows>[0-9a-z]{1,11})\.(?<bytes>[0-9a-z]{1,11})(?:\.(?<cpu>[0-9a-z]{1,5})\.(?<memory>[0-9a-z]{1,5})\.(?<arch>[xa])\.(?<ms>[0-9a-z]{1,11}))?$/

/** Keys that no key of this run is greater than, and that those of the next run are: in its day, and in earlier versions. */
export function lastKeysOf({ createdAt, id }: IndexEntry): {
  readonly day: string
  readonly earlier: string
} {
  const last = `${countdownOf(createdAt)}_${id}!~`
  return { day: `${DAYS_PREFIX}${dayOf(createdAt)}/${last}`, earlier: `${INDEX_PREFIX}${last}` }
}

const KEY =
  /^index\/(?:0(?<day>\d{6})\/)?(?<countdown>\d{13})_(?<id>[^!/]+)(?:!(?<state>SUCCEEDED|FAILED|CANCELLED|GONE)!(?<code>[^!/]+)!(?<task>[^!/]+)!(?<database>[^!/]+)(?:!(?<facts>[^!/]+))?)?$/

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

/** Whether a text may be the one in the key of an end, which may be cut. */
export const mayBe = (text: string, inKey: string | null): boolean =>
  inKey !== null &&
  (text === inKey || asInKey(text) === inKey || (inKey.endsWith('…') && text.startsWith(inKey.slice(0, -1))))

/** A text, cut as earlier versions cut it. */
export const asInKey = (text: string | null): string | null => decoded(encoded(text))

/** Null for the key of an entry; undefined if the texts are not encoded correctly. */
function endOf({ state, ...texts }: Readonly<Record<string, string>>): RunEnd | null | undefined {
  if (state === undefined) return null
  if (!isEndState(state)) return undefined
  const facts = texts.facts === undefined ? undefined : parseFacts(texts.facts)
  if (texts.facts !== undefined && facts === undefined) return undefined
  try {
    return {
      state,
      code: decoded(texts.code),
      task: decoded(texts.task),
      database: decoded(texts.database),
      ...(facts && { facts }),
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
function encoded(text: string | null, most = MOST_CHARACTERS, mark = ''): string {
  if (text === null || text === '') return NONE
  // A text that equals the sign for none must differ from it.
  if (text === NONE) return '%2D'
  let field = ''
  for (const character of text) {
    const next = /[\w.-]/.test(character) ? character : percentEncoded(character)
    if (field.length + next.length > most) return `${shortened(field, most - mark.length)}${mark}`
    field += next
  }
  return field
}

const percentEncoded = (character: string): string =>
  [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

/** Removes whole characters from the end. */
function shortened(field: string, most: number): string {
  let text = field
  while (text.length > most) text = text.replace(/(?:%[0-7]\w|%[C-F]\w(?:%[89AB]\w)+|.)$/, '')
  return text
}

const decoded = (field: string): string | null =>
  field === NONE ? null : decodeURIComponent(field.endsWith(CUT) ? `${field.slice(0, -1)}…` : field)
