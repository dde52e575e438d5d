import { wordsOf } from '../../../sql/dialects/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import { type Between, type Bound, betweenSql, compared } from './conditions.ts'
import { explain } from './explained.ts'
import { charactersAround, kindOf, literalOf, middleSql, middleText, valueSql } from './key-values.ts'
import { type Key, type KeyColumn, quotedColumn, quotedTable, type Table } from './table.ts'

const { text } = wordsOf('mysql').literals

/** The most index rows that a look passes over. */
const STRIDE = 199
/** More pieces than ranges, which are then joined to ranges of about the same size. */
const PIECES_PER_RANGE = 3
const LOOKS_PER_RANGE = 16
const PRINTABLE = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))

/** The bounds between intervals, and the part of all rows that each interval has. */
export interface Division {
  readonly bounds: readonly Bound[]
  readonly shares: readonly number[]
}

interface Piece extends Between {
  /** As the server estimates them. */
  readonly rows: number
  /** It cannot be divided. */
  readonly isWhole: boolean
}

/**
 * Divides the values of a key into parts of about the same size. It halves the largest piece again and again, at the first key behind a
 * value in the middle. The server finds that key in the index, and estimates both halves by the index. So gaps and skew cost a few more
 * looks, and no part.
 */
export async function divideKey(session: Session, table: Table, key: Key, count: number): Promise<Division> {
  const index = new KeyIndex(session, table, key)
  const all: Between = { lower: null, upper: null }
  let pieces: readonly Piece[] = [{ ...all, rows: await index.rows(all), isWhole: false }]
  for (let look = 0; look < count * LOOKS_PER_RANGE && pieces.length < count * PIECES_PER_RANGE; look++) {
    const largest = largestOf(pieces)
    if (largest === null) break
    const halves = await halved(index, largest)
    pieces = pieces.flatMap(piece => (piece === largest ? halves : [piece]))
  }
  return joined(pieces, count)
}

function largestOf(pieces: readonly Piece[]): Piece | null {
  const open = pieces.filter(({ isWhole, rows }) => !isWhole && rows > 1)
  return open.length === 0 ? null : open.reduce((one, other) => (other.rows > one.rows ? other : one))
}

async function halved(index: KeyIndex, piece: Piece): Promise<readonly Piece[]> {
  const bound = await index.middle(piece)
  if (bound === null) return [{ ...piece, isWhole: true }]
  const halves = [
    { lower: piece.lower, upper: bound },
    { lower: bound, upper: piece.upper },
  ]
  return Promise.resolve(
    await inTurn(halves, async half => ({ ...half, rows: await index.rows(half), isWhole: false })),
  )
}

/** A session runs one statement at a time. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const item of items) results.push(await work(item))
  return results
}

/** Joins neighbors to at most `count` intervals. */
function joined(pieces: readonly Piece[], count: number): Division {
  const total = pieces.reduce((sum, { rows }) => sum + rows, 0)
  const target = total / count
  const bounds: Bound[] = []
  const shares: number[] = []
  let rows = 0
  for (const piece of pieces) {
    const isFull = rows > 0 && rows + piece.rows / 2 > target && shares.length + 1 < count
    if (isFull && piece.lower !== null) {
      bounds.push(piece.lower)
      shares.push(total === 0 ? 0 : rows / total)
      rows = 0
    }
    rows += piece.rows
  }
  shares.push(total === 0 ? 1 : rows / total)
  return { bounds, shares }
}

/** Looks at single rows of an index. */
class KeyIndex {
  readonly #session: Session
  readonly #table: string
  readonly #columns: readonly KeyColumn[]
  readonly #from: string
  #alphabet: readonly string[] = []
  #known = new Set<string>()

  constructor(session: Session, table: Table, { name, columns }: Key) {
    this.#session = session
    this.#table = quotedTable(table)
    this.#columns = columns
    this.#from = `${this.#table} FORCE INDEX (${quotedColumn({ name })})`
  }

  /** The server's estimate of the rows between two bounds. */
  async rows(between: Between): Promise<number> {
    const [row] = await explain(
      this.#session,
      `SELECT 1 FROM ${this.#from} WHERE ${betweenSql(this.#columns, between)}`,
    )
    return row?.rows ?? 0
  }

  /** A bound that has rows before it and behind it. Null if all rows have the same key. */
  async middle(piece: Between): Promise<Bound | null> {
    const fixed: string[] = []
    for (const column of this.#columns) {
      const where = [
        betweenSql(this.#columns, piece),
        ...fixed.map((value, at) => compared(this.#columns[at], '=', value)),
      ].join(' AND ')
      const first = await this.#value(column, where, 'ASC')
      if (first === null) return null
      const last = await this.#value(column, `${where} AND ${compared(column, '>', first)}`, 'DESC')
      if (last !== null) {
        const value = await this.#between(column, where, first, last)
        return value === null ? null : [...fixed, value]
      }
      fixed.push(first)
    }
    return null
  }

  /** A value behind the first one: near the middle, or else a few rows behind it. */
  async #between(column: KeyColumn, where: string, first: string, last: string): Promise<string | null> {
    const behind = `${where} AND ${compared(column, '>', first)}`
    const middle = await this.#middleSql(column, first, last)
    if (middle !== null) {
      const found = await this.#value(column, `${behind} AND ${quotedColumn(column)} >= ${middle}`, 'ASC')
      if (found !== null) return found
    }
    return (await this.#value(column, behind, 'ASC', STRIDE)) ?? (await this.#value(column, behind, 'ASC'))
  }

  async #middleSql(column: KeyColumn, first: string, last: string): Promise<string | null> {
    if (kindOf(column) !== 'text') return middleSql(column, first, last)
    const alphabet = await this.#alphabetOf(column, charactersAround(first, last))
    return alphabet.length === 0 ? null : literalOf(column, middleText(first, last, alphabet))
  }

  /** The printable characters and those of some values, as the collation orders them. */
  async #alphabetOf(column: KeyColumn, characters: readonly string[]): Promise<readonly string[]> {
    const wanted = [...PRINTABLE, ...characters].filter(character => !this.#known.has(character))
    if (wanted.length === 0) return this.#alphabet
    for (const character of wanted) this.#known.add(character)
    const rows = [...this.#known].map((character, at) => {
      const literal = text(character)
      return at === 0 ? `SELECT ${literal} AS c` : `SELECT ${literal}`
    })
    const ordered = `${column.characterSet === null ? 'c' : `CONVERT(c USING ${column.characterSet})`} COLLATE ${column.collation}`
    const classes = await askSession(
      this.#session,
      `SELECT GROUP_CONCAT(HEX(CONVERT(c USING utf8mb4)) SEPARATOR '') FROM (${rows.join(' UNION ALL ')}) AS characters
       GROUP BY ${ordered} ORDER BY ${ordered}`,
    )
    this.#alphabet = classes.map(([equal]) => Buffer.from(equal ?? '', 'hex').toString())
    return this.#alphabet
  }

  async #value(
    column: KeyColumn,
    where: string,
    direction: 'ASC' | 'DESC',
    offset = 0,
  ): Promise<string | null> {
    const order = this.#columns.map(other => `${quotedColumn(other)} ${direction}`).join(', ')
    const [[value] = []] = await askSession(
      this.#session,
      `SELECT ${valueSql(column)} FROM ${this.#from} WHERE ${where} ORDER BY ${order} LIMIT 1${offset === 0 ? '' : ` OFFSET ${offset}`}`,
    )
    return value ?? null
  }
}
