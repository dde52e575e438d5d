import type { Clause } from './clause.ts'
import { ClauseReader } from './clause-reader.ts'
import type { Dialect } from './dialects/index.ts'
import { DEFAULT_PARTITIONS, type PartitionBy } from './export-statement.ts'
import { Lexer } from './lexer.ts'
import { excerpt, syntaxError } from './syntax-error.ts'

/** More would take longer to publish than to write. */
const MOST_PARTITIONS = 1_000_000
/** Letters, digits and a few signs: no slash, and no dot at either end. */
const EXTENSION = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/
/** The names of other objects of a result, what COMPRESSION adds, and copies that a user makes of a part: no export removes these. */
const TAKEN = /(?:^|\.)(?:part_\d.*|manifest|gz|zst|bak|old|orig|tmp)$/i

/** Null for a number of partitions that no result may have. */
export const maxPartitionsOf = (number: number): number | null =>
  Number.isSafeInteger(number) && number >= 1 && number <= MOST_PARTITIONS ? number : null

/** The extension without its first dot, which Redshift takes too. Null for a text that is not an extension. */
export function extensionOf(text: string): string | null {
  const extension = text.replace(/^\./, '')
  return EXTENSION.test(extension) && !TAKEN.test(extension) ? extension : null
}

/** https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html */
export const PARTITION_CLAUSE: Clause = {
  name: 'PARTITION BY',
  form: 'PARTITION BY (column, ...) [INCLUDE]',
  read(reader) {
    reader.choose(['BY'], 'PARTITION', this.form)
    const columns = readColumns(reader, this)
    return { partitionBy: { columns, include: reader.accept('INCLUDE') } }
  },
}

/** Reads the columns of BY in their parentheses: at least one, each once. */
export const readColumns = (
  reader: ClauseReader,
  { name, form }: Pick<Clause, 'name' | 'form'>,
): string[] => {
  if (!reader.acceptOperator('(')) throw reader.unexpected(`( after ${name}`, form)
  const columns = readList(reader, { name, form })
  if (!reader.acceptOperator(')')) throw reader.unexpected(', or ) after a column', form)
  return columns
}

const readList = (reader: ClauseReader, { name, form }: Pick<Clause, 'name' | 'form'>): string[] => {
  const columns: string[] = []
  do {
    const { position, text } = reader
    const column = reader.columnName(form)
    if (columns.includes(column))
      throw syntaxError(position, `each column once in ${name}`, `${excerpt(text)} again`, `Write ${form}.`)
    columns.push(column)
  } while (reader.acceptOperator(','))
  return columns
}

/**
 * Reads the columns of the clause PARTITION BY without their parentheses, and INCLUDE.
 *
 * @throws SQL_SYNTAX
 */
export function parsePartitionBy(list: string, dialect: Dialect): PartitionBy {
  const form = 'column, ... [INCLUDE]'
  const reader = new ClauseReader(new Lexer(list, dialect), dialect)
  const columns = readList(reader, { name: PARTITION_CLAUSE.name, form })
  const include = reader.accept('INCLUDE')
  if (!reader.atEnd) throw reader.unexpected(', or INCLUDE after a column', form)
  return { columns, include }
}

export const MAXPARTITIONS_CLAUSE: Clause = {
  name: 'MAXPARTITIONS',
  form: `MAXPARTITIONS and a number such as ${DEFAULT_PARTITIONS}`,
  read(reader) {
    const { position, text } = reader
    if (!/^\d+$/.test(text)) throw reader.unexpected('a number after MAXPARTITIONS', this.form)
    const maxPartitions = maxPartitionsOf(Number(reader.take()))
    if (maxPartitions !== null) return { maxPartitions }
    const range = `a MAXPARTITIONS of 1 to ${MOST_PARTITIONS}`
    throw syntaxError(position, range, excerpt(text), `Write ${this.form}.`)
  },
}

export const EXTENSION_CLAUSE: Clause = {
  name: 'EXTENSION',
  form: "EXTENSION 'csv', letters and digits; COMPRESSION adds its own extension",
  read(reader) {
    const { position } = reader
    const written = reader.textLiteral('EXTENSION', this.form)
    const extension = extensionOf(written)
    if (extension !== null) return { extension }
    throw syntaxError(position, 'an extension such as csv', excerpt(written), `Write ${this.form}.`)
  },
}
