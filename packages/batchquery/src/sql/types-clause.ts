import { type RequestedType, TYPE_NAMES, type TypeName, typeNamed } from '../format/index.ts'
import type { Clause } from './clause.ts'
import { ClauseReader } from './clause-reader.ts'
import type { Dialect } from './dialects/index.ts'
import { Lexer } from './lexer.ts'
import { excerpt, syntaxError } from './syntax-error.ts'

const FORM = 'TYPES (column AS type [NOT NULL], ...)'

/** Words of databases and of other tools. */
const OTHER_NAMES: Readonly<Record<string, TypeName>> = {
  ...words('INT32', 'INT INTEGER INT4 INT2 INT8 INT16 TINYINT SMALLINT MEDIUMINT SERIAL YEAR'),
  ...words('INT64', 'BIGINT BIGSERIAL LONG UINT32 UINTEGER'),
  ...words('UINT64', 'UBIGINT UNSIGNED'),
  ...words('FLOAT', 'REAL FLOAT4 FLOAT32'),
  ...words('DOUBLE', 'FLOAT8 FLOAT64'),
  ...words('DECIMAL', 'NUMERIC DEC NUMBER HUGEINT MONEY'),
  ...words('BOOLEAN', 'BOOL BIT'),
  ...words('STRING', 'TEXT VARCHAR CHAR CHARACTER NVARCHAR LONGTEXT CLOB UTF8 ENUM'),
  ...words('JSON', 'JSONB'),
  ...words('UUID', 'GUID UNIQUEIDENTIFIER'),
  ...words('DATE', 'DATE32'),
  ...words('TIMESTAMP', 'DATETIME TIMESTAMP_NTZ TIMESTAMP_US'),
  ...words('TIMESTAMPTZ', 'TIMESTAMP_TZ TIMESTAMP_LTZ'),
  ...words('BINARY', 'BYTEA BLOB VARBINARY LONGBLOB BYTES BYTE_ARRAY'),
}

function words(name: TypeName, others: string): Record<string, TypeName> {
  return Object.fromEntries(others.split(' ').map(other => [other, name]))
}

const MOST_DIGITS = 38

export const TYPES_CLAUSE: Clause = {
  name: 'TYPES',
  form: FORM,
  read(reader) {
    if (!reader.acceptOperator('(')) throw reader.unexpected('( after TYPES', FORM)
    const types = readList(reader)
    if (!reader.acceptOperator(')')) throw afterType(reader)
    return { types }
  },
}

/** @returns at least one */
function readList(reader: ClauseReader): RequestedType[] {
  const types: RequestedType[] = []
  do {
    const { position, text } = reader
    const column = reader.columnName(FORM)
    if (types.some(type => type.column === column))
      throw syntaxError(position, 'each column once in TYPES', `${excerpt(text)} again`, `Write ${FORM}.`)
    reader.choose(['AS'], `the column ${excerpt(text)}`, FORM)
    types.push({ column, ...readType(reader) })
  } while (reader.acceptOperator(','))
  return types
}

function readType(reader: ClauseReader): Omit<RequestedType, 'column'> {
  const name = reader.choose(TYPE_NAMES, 'AS', FORM, OTHER_NAMES)
  const type = name === 'DECIMAL' ? readDecimal(reader) : typeNamed(name)
  const isRequired = reader.accept('NOT')
  if (isRequired) reader.choose(['NULL'], 'NOT', FORM)
  return { type, isRequired }
}

const DECIMAL_FORM = 'DECIMAL(precision, scale), for example DECIMAL(10,2)'

function readDecimal(reader: ClauseReader): RequestedType['type'] {
  if (!reader.acceptOperator('(')) throw reader.unexpected('( after DECIMAL', DECIMAL_FORM)
  const precision = readDigits(reader, `a precision of 1 to ${MOST_DIGITS}`, 1, MOST_DIGITS)
  const scale = reader.acceptOperator(',')
    ? readDigits(reader, `a scale of 0 to ${precision}, the precision`, 0, precision)
    : 0
  if (!reader.acceptOperator(')')) throw reader.unexpected(') after the digits of DECIMAL', DECIMAL_FORM)
  return { kind: 'decimal', precision, scale }
}

function readDigits(reader: ClauseReader, expected: string, least: number, most: number): number {
  const digits = /^\d{1,4}$/.test(reader.text) ? Number(reader.text) : -1
  if (digits < least || digits > most) throw reader.unexpected(expected, DECIMAL_FORM)
  reader.take()
  return digits
}

/** Words after a type that belong to it in other systems. */
const MEANT_AFTER: Readonly<Record<string, string>> = {
  WITH: 'TIMESTAMPTZ',
  PRECISION: 'DOUBLE alone',
  VARYING: 'STRING',
  UNSIGNED: 'UINT64',
  NULL: 'the type alone, which allows NULL',
}

const afterType = (reader: ClauseReader) =>
  reader.unexpected('NOT NULL, a comma, or ) after the type', FORM, MEANT_AFTER[reader.keyword] ?? null)

/**
 * Reads the list of the clause TYPES without its parentheses.
 *
 * @throws SQL_SYNTAX
 */
export function parseTypes(list: string, dialect: Dialect): readonly RequestedType[] {
  const reader = new ClauseReader(new Lexer(list, dialect), dialect)
  const types = readList(reader)
  if (!reader.atEnd) throw afterType(reader)
  return types
}

/** All dialects read the words of a type alike. */
const ANY_DIALECT: Dialect = 'postgres'

/**
 * Reads a type and NOT NULL, as they follow a column and AS in the clause TYPES.
 *
 * @throws SQL_SYNTAX
 */
export function parseType(text: string): Omit<RequestedType, 'column'> {
  const reader = new ClauseReader(new Lexer(text, ANY_DIALECT), ANY_DIALECT)
  const type = readType(reader)
  if (!reader.atEnd) throw afterType(reader)
  return type
}
