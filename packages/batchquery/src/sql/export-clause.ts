import type { Clause, ExportClauses } from './clause.ts'
import type { ClauseReader } from './clause-reader.ts'
import { FIELDS_CLAUSE, LINES_CLAUSE } from './layout-clause.ts'
import { MAXFILESIZE_CLAUSE } from './max-file-size-clause.ts'
import { AFTER_EXPORT_CLAUSE } from './token-context.ts'

const NO_CLAUSES: ExportClauses = {
  characterSet: null,
  format: 'TEXT',
  header: false,
  fields: { terminatedBy: null, enclosedBy: null, optionallyEnclosed: false, escapedBy: null },
  lines: { startingBy: null, terminatedBy: null },
  manifest: false,
  overwrite: false,
  encryption: null,
  compression: 'NONE',
  maxFileSize: null,
}

/** Formats of other systems, which deserve a better answer than a syntax error. */
const FOREIGN_FORMATS = ['ARROW', 'AVRO', 'JSON', 'ORC', 'PARQUET', 'XML']

const CHARACTER_SET: Clause = {
  name: 'CHARACTER SET',
  form: 'CHARACTER SET and a name such as utf8mb4',
  read(reader) {
    reader.choose(['SET'], 'CHARACTER', this.form)
    const isName = /^(['"]?)\w+\1$/.test(reader.text)
    if (!isName) throw reader.unexpected(`a name after ${this.name}`, this.form)
    return { characterSet: reader.startsLiteral ? reader.textLiteral(this.name, this.form) : reader.take() }
  },
}

const FORMAT: Clause = {
  name: 'FORMAT',
  form: 'FORMAT {CSV|TEXT} [HEADER]',
  read(reader) {
    if (FOREIGN_FORMATS.includes(reader.keyword)) {
      throw reader.unsupported(`FORMAT ${reader.keyword}`, 'The formats are CSV and TEXT.')
    }
    return { format: reader.choose(['CSV', 'TEXT'], this.name, this.form), header: reader.accept('HEADER') }
  },
}

const onOrOff = (name: string, read: (isOn: boolean) => Partial<ExportClauses>): Clause => {
  const form = `${name} {ON|OFF}`
  return { name, form, read: reader => read(reader.choose(['ON', 'OFF'], name, form) === 'ON') }
}

const ENCRYPTION: Clause = {
  name: 'ENCRYPTION',
  form: "ENCRYPTION {ON|OFF|SSE_S3|SSE_KMS ['key id']}",
  read(reader) {
    const kind = reader.choose(['ON', 'OFF', 'SSE_S3', 'SSE_KMS'], this.name, this.form)
    if (kind !== 'SSE_KMS') return { encryption: { kind } }
    if (!reader.startsLiteral) return { encryption: { kind, keyId: null } }
    return { encryption: { kind, keyId: reader.textLiteral(kind, this.form) } }
  },
}

const COMPRESSION: Clause = {
  name: 'COMPRESSION',
  form: 'COMPRESSION {NONE|GZIP|ZSTD}',
  read(reader) {
    return { compression: reader.choose(['NONE', 'GZIP', 'ZSTD'], this.name, this.form) }
  },
}

const CLAUSES: ReadonlyMap<string, Clause> = new Map([
  ['CHARACTER', CHARACTER_SET],
  ['FORMAT', FORMAT],
  ['FIELDS', FIELDS_CLAUSE],
  ['COLUMNS', FIELDS_CLAUSE],
  ['LINES', LINES_CLAUSE],
  ['MANIFEST', onOrOff('MANIFEST', manifest => ({ manifest }))],
  ['OVERWRITE', onOrOff('OVERWRITE', overwrite => ({ overwrite }))],
  ['ENCRYPTION', ENCRYPTION],
  ['COMPRESSION', COMPRESSION],
  ['MAXFILESIZE', MAXFILESIZE_CLAUSE],
])

const CLAUSE_NAMES = [...new Set(CLAUSES.values())].map(({ name }) => name).join(', ')

/** Reads the clauses behind the destination, in any order, up to the end or to what may follow in a query. */
export const readExportClauses = (reader: ClauseReader): ExportClauses => {
  let clauses = NO_CLAUSES
  const seen = new Set<Clause>()
  while (!reader.atEnd && !AFTER_EXPORT_CLAUSE.includes(reader.keyword)) {
    const clause = CLAUSES.get(reader.keyword)
    if (clause === undefined) {
      throw reader.unexpected(
        'a clause of INTO OUTFILE S3 or the end of the statement',
        `ORDER BY, LIMIT and all else of the query before INTO; after the destination ${CLAUSE_NAMES}`,
      )
    }
    if (seen.has(clause)) throw reader.repeated(clause.name, clause.form)
    seen.add(clause)
    reader.take()
    clauses = { ...clauses, ...clause.read(reader) }
  }
  return clauses
}
