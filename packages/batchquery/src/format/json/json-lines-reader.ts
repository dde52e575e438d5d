import { BatchQueryError } from '../../errors/index.ts'
import { type ReadColumn, type ReadRows, type ReadValue, type RowReader, utf8Text } from '../read-rows.ts'

/** The members of an object: the names, and the values as they are written. */
export type JsonRow = ReadonlyMap<string, string>

const LF = 0x0a

/** Reads JSON Lines. It keeps the text of each value, because JSON.parse would lose digits. */
export class JsonLinesReader implements RowReader<JsonRow> {
  next(bytes: Buffer, start: number, isEnd: boolean) {
    const found = bytes.indexOf(LF, start)
    if (found < 0 && !isEnd) return null
    const end = found < 0 ? bytes.length : found
    const line = utf8Text(bytes.subarray(start, end))
    if (line === null) throw wrong('a line is not UTF-8')
    return { row: membersOf(line), end: found < 0 ? end : end + 1 }
  }
}

const SPACE = /[ \t\r]*/y
const STRING = /"(?:[^"\\]|\\.)*"/y
/** Strings, and the brackets that contain other values. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]|[^"{}[\],]+/y

/** @throws VERIFICATION */
function membersOf(line: string): JsonRow {
  checkObject(line)
  const members = new Map<string, string>()
  let at = skip(SPACE, line, 0) + 1
  for (;;) {
    at = skip(SPACE, line, at)
    if (line[at] === '}') return members
    if (line[at] === ',') at = skip(SPACE, line, at + 1)
    const keyEnd = skip(STRING, line, at)
    const key: unknown = JSON.parse(line.slice(at, keyEnd))
    const valueStart = skip(SPACE, line, skip(SPACE, line, keyEnd) + 1)
    at = valueEnd(line, valueStart)
    const name = String(key)
    if (members.has(name)) throw wrong(`a line has the member ${JSON.stringify(name)} twice`)
    members.set(name, line.slice(valueStart, at).trimEnd())
  }
}

function checkObject(line: string): void {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw wrong('a line is no JSON text')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong('a line is no JSON object')
}

function skip(pattern: RegExp, line: string, at: number): number {
  pattern.lastIndex = at
  pattern.test(line)
  return Math.max(at, pattern.lastIndex)
}

/** The place after a value: that of a comma, or of the bracket of the object that contains it. */
function valueEnd(line: string, start: number): number {
  let depth = 0
  let at = start
  for (;;) {
    const character = line[at]
    if (depth === 0 && (character === ',' || character === '}')) return at
    if (character === '{' || character === '[') depth++
    if (character === '}' || character === ']') depth--
    at = skip(TOKEN, line, at)
  }
}

/** The rows as columns, in the order in which the names appear. A member that a row does not have is NULL. */
export function jsonColumns(rows: readonly JsonRow[]): ReadRows {
  const names = [...new Set(rows.flatMap(row => [...row.keys()]))]
  const columns = names.map(name => columnOf(name, rows))
  return { columns, rows: rows.map(row => columns.map(column => readValue(column, row.get(column.name)))) }
}

/** Values of several types, and such that contain others, stay as they are written. */
function columnOf(name: string, rows: readonly JsonRow[]): ReadColumn {
  const values = rows.map(row => row.get(name) ?? 'null').filter(text => text !== 'null')
  const all = (pattern: RegExp) => values.length > 0 && values.every(text => pattern.test(text))
  // Half of a surrogate pair has no UTF-8.
  const isText = all(/^"/) && !values.some(text => /\p{Surrogate}/u.test(stringOf(text)))
  return { name, type: { kind: isText ? 'string' : 'json' }, isNumber: all(/^[-\d]/) }
}

function readValue({ type }: ReadColumn, text = 'null'): ReadValue {
  if (text === 'null') return null
  return type.kind === 'string' ? stringOf(text) : text
}

const stringOf = (text: string): string => String(JSON.parse(text))

const wrong = (how: string): BatchQueryError => new BatchQueryError('VERIFICATION', how)
