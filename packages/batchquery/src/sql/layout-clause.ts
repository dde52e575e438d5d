import type { Clause } from './clause.ts'
import type { ClauseReader } from './clause-reader.ts'
import { nearestWord } from './nearest-word.ts'

/** One `WORD BY 'value'`. */
interface SubClause {
  readonly word: string
  readonly isCharacter: boolean
  /** A word that may come first. */
  readonly prefix?: string
}

interface Group {
  readonly values: ReadonlyMap<string, Uint8Array>
  /** The prefixes that were written. */
  readonly prefixes: ReadonlySet<string>
}

const FIELD_CLAUSES: readonly SubClause[] = [
  { word: 'TERMINATED', isCharacter: false },
  { word: 'ENCLOSED', isCharacter: true, prefix: 'OPTIONALLY' },
  { word: 'ESCAPED', isCharacter: true },
]
const LINE_CLAUSES: readonly SubClause[] = [
  { word: 'STARTING', isCharacter: false },
  { word: 'TERMINATED', isCharacter: false },
]

/** Takes sub-clauses in any order: at least one, each at most once. */
const readGroup = (reader: ClauseReader, { name, form }: Clause, subClauses: readonly SubClause[]): Group => {
  const values = new Map<string, Uint8Array>()
  const prefixes = new Set<string>()
  for (;;) {
    const { keyword } = reader
    const next = keyword && subClauses.find(({ word, prefix }) => word === keyword || prefix === keyword)
    if (!next) break
    const { word, prefix, isCharacter } = next
    if (values.has(word)) throw reader.repeated(`${word} BY`, form)
    reader.take()
    if (keyword === prefix) {
      prefixes.add(prefix)
      reader.choose([word], prefix, form)
    }
    reader.choose(['BY'], word, form)
    const after = `${word} BY`
    values.set(word, isCharacter ? reader.character(after, form) : reader.literal(after, form))
  }
  if (values.size > 0) return { values, prefixes }
  const words = subClauses.map(({ word }) => word)
  const expected = words.map(word => `${word} BY`).join(', ')
  throw reader.unexpected(`${expected} after ${name}`, form, nearestWord(reader.keyword, words))
}

export const FIELDS_CLAUSE: Clause = {
  name: 'FIELDS',
  form: "{FIELDS|COLUMNS} [TERMINATED BY 'string'] [[OPTIONALLY] ENCLOSED BY 'character'] [ESCAPED BY 'character']",
  read(reader) {
    const { position } = reader
    const { values, prefixes } = readGroup(reader, this, FIELD_CLAUSES)
    const terminatedBy = values.get('TERMINATED') ?? null
    const enclosedBy = values.get('ENCLOSED') ?? null
    const escapedBy = values.get('ESCAPED') ?? null
    if (terminatedBy?.length === 0 && !enclosedBy?.length) {
      throw reader.unsupported(
        "rows of fixed width, which FIELDS TERMINATED BY '' without ENCLOSED BY asks for",
        "Write a separator (FIELDS TERMINATED BY ','), or add ENCLOSED BY '\"' to the empty one.",
        position,
      )
    }
    return { fields: { terminatedBy, enclosedBy, optionallyEnclosed: prefixes.has('OPTIONALLY'), escapedBy } }
  },
}

export const LINES_CLAUSE: Clause = {
  name: 'LINES',
  form: "LINES [STARTING BY 'string'] [TERMINATED BY 'string']",
  read(reader) {
    const { values } = readGroup(reader, this, LINE_CLAUSES)
    return {
      lines: { startingBy: values.get('STARTING') ?? null, terminatedBy: values.get('TERMINATED') ?? null },
    }
  },
}
