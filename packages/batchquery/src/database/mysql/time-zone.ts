import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type { ExactColumn } from '../../format/index.ts'
import { ask } from './ask.ts'

/** How many seconds a local clock is ahead of UTC when it shows a time; NaN if it shows that time twice or never. */
export type OffsetAt = NonNullable<ExactColumn['offsetAt']>

/** From `second` since 1970 on, local time is `offset` seconds ahead of UTC. */
export interface Transition {
  readonly second: number
  readonly offset: number
}

const FIXED = /^([-+])(\d\d?):(\d\d)$/

/** A fixed offset, or null if the server must be asked. */
function fixedOffset(zone: string): number | null {
  if (zone.toUpperCase() === 'UTC') return 0
  const [, sign, hours, minutes] = FIXED.exec(zone) ?? []
  if (sign === undefined) return null
  return (sign === '-' ? -60 : 60) * (60 * Number(hours) + Number(minutes))
}

/** A statement that has a zone of its own: MariaDB's SET STATEMENT ... FOR, and MySQL's hint. */
const SETS_OWN_ZONE =
  /^[^\w]*(?:\/\*.*?\*\/\s*)*SET\s+STATEMENT\s(?:(?!\bFOR\b).)*\btime_zone\s*=|\bSET_VAR\s*\(\s*time_zone\b/is

/** The offsets of the zones that a session has used. */
export class TimeZones {
  readonly #ask: (zone: string) => Promise<readonly Transition[]>
  readonly #known = new Map<string, OffsetAt>()

  /** @param ask as `askTransitions`, through a second connection, because the task's session must not notice it */
  constructor(ask: (zone: string) => Promise<readonly Transition[]>) {
    this.#ask = ask
  }

  /**
   * Returns the offsets by which TIMESTAMP values of a statement become UTC.
   *
   * @param zone the session's time_zone
   * @throws QUERY_FAILED if the statement sets a zone of its own; as `connect` and `ask`
   */
  async offsetsFor(sql: string, zone: string): Promise<OffsetAt> {
    if (SETS_OWN_ZONE.test(sql))
      throw new BatchQueryError(
        'QUERY_FAILED',
        'the query sets its own time_zone and may have TIMESTAMP columns',
        {
          hint: 'Write SET time_zone = ... as a statement before the query.',
        },
      )
    const known = this.#known.get(zone)
    if (known !== undefined) return known
    const fixed = fixedOffset(zone)
    const offsetAt = fixed === null ? offsetsOf(await this.#ask(zone)) : () => fixed
    this.#known.set(zone, offsetAt)
    return offsetAt
  }
}

/** @param transitions by time, the first one from -Infinity on */
export function offsetsOf(transitions: readonly Transition[]): OffsetAt {
  const spans = transitions.map(({ second, offset }, k) => ({
    first: second + offset,
    end: (transitions[k + 1]?.second ?? Number.POSITIVE_INFINITY) + offset,
    offset,
  }))
  // The local times at which the answer changes.
  const bounds = Float64Array.from(new Set(spans.flatMap(({ first, end }) => [first, end]))).sort()
  const offsets = bounds.map(bound => {
    const shown = spans.filter(({ first, end }) => first <= bound && bound < end)
    return shown.length === 1 ? shown[0].offset : Number.NaN
  })
  // Most values are near the one before.
  let [first, end, offset] = [0, 0, 0]
  return local => {
    if (local < first || local >= end) {
      let low = 0
      let high = bounds.length - 1
      while (high - low > 1) {
        const middle = (low + high) >> 1
        if (bounds[middle] <= local) low = middle
        else high = middle
      }
      first = bounds[low]
      end = bounds[high]
      offset = offsets[low]
    }
    return offset
  }
}

const DAY = 86_400
/** The last TIMESTAMP of MariaDB from 11.5 on is in 2106. Other servers end in 2038, and do not know offsets after that. */
const DAYS = Math.floor(2 ** 32 / DAY)
const DIGITS = `(SELECT 0 AS n ${Array.from({ length: 9 }, (_, k) => `UNION ALL SELECT ${k + 1}`).join(' ')})`

/** A table of the numbers from 0 on, at least `count`. MySQL 5.7 has no recursive queries. */
function numbersSql(count: number): string {
  const places = Array.from({ length: Math.ceil(Math.log10(count)) }, (_, k) => `d${k}`)
  const sum = places.map((place, k) => `${10 ** k} * ${place}.n`).join(' + ')
  return `(SELECT ${sum} AS n FROM ${places.map(place => `${DIGITS} AS ${place}`).join(' CROSS JOIN ')})`
}

const offsetSql = (second: string): string =>
  `TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', FROM_UNIXTIME(${second})) - (${second})`

/**
 * Asks the server when the offset of a zone changes. Its own tables, or those of its operating system, decide, so the result is exact also
 * for the zone SYSTEM. It looks at each day, and then only within the days on which the offset changes.
 *
 * @param connection whose time_zone this sets
 */
export async function askTransitions(connection: Connection, zone: string): Promise<readonly Transition[]> {
  await ask(connection, `SET time_zone = '${zone.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`)
  const [[first] = []] = await ask(connection, `SELECT ${offsetSql('0')}`)
  let changes = await askChanges(connection, [0], DAY, DAYS)
  for (const [step, count] of [
    [3600, 24],
    [60, 60],
    [1, 60],
  ])
    if (changes.length > 0)
      changes = await askChanges(
        connection,
        changes.map(({ start }) => start),
        step,
        count,
      )
  return [
    { second: Number.NEGATIVE_INFINITY, offset: Number(first) },
    ...changes.map(({ start, offset }) => ({ second: start + 1, offset })),
  ]
}

interface Change {
  /** The offset changes within the step that begins here. */
  readonly start: number
  /** At the end of the step. */
  readonly offset: number
}

/** Looks at `count` steps from each of the starts on. */
async function askChanges(
  connection: Connection,
  starts: readonly number[],
  step: number,
  count: number,
): Promise<readonly Change[]> {
  const list = starts.map(start => `SELECT ${start} AS start`).join(' UNION ALL ')
  const after = offsetSql(`second + ${step}`)
  const rows = await ask(
    connection,
    `SELECT second, ${after} FROM
       (SELECT starts.start + ${step} * numbers.n AS second
        FROM (${list}) AS starts CROSS JOIN ${numbersSql(count)} AS numbers WHERE numbers.n < ${count}) AS seconds
     WHERE ${offsetSql('second')} <> ${after} ORDER BY second`,
  )
  return rows.map(([start, offset]) => ({ start: Number(start), offset: Number(offset) }))
}
