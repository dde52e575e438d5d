import { describe, expect, it } from 'vitest'
import type { BatchQueryError } from '../../../src/errors/index.ts'
import type { RequestedType } from '../../../src/format/index.ts'
import {
  type Dialect,
  type ExportStatement,
  parseExport,
  parseType,
  parseTypes,
  splitStatements,
} from '../../../src/sql/index.ts'
import { parse, withClause } from './export-statements.ts'
import { DIALECTS } from './tokens.ts'

const types = (clause: string, dialect: Dialect): readonly RequestedType[] | undefined =>
  parse(withClause(clause), dialect)?.types

const refusal = (work: () => unknown): BatchQueryError => {
  try {
    work()
  } catch (error) {
    return error as BatchQueryError
  }
  throw new Error('nothing was refused')
}

const request = (column: string, type: RequestedType['type'], isRequired = false): RequestedType => ({
  column,
  type,
  isRequired,
})
const INT32 = { kind: 'int', bits: 32, signed: true } as const

describe.each(DIALECTS)('the clause TYPES on %s', dialect => {
  it('reads every type', () => {
    const clause = `TYPES (a AS INT32, b AS INT64 NOT NULL, c as uint64, d AS Float not null, e AS DOUBLE,
      f AS DECIMAL(38,38), g AS DECIMAL(5), h AS DECIMAL ( 1 , 0 ) NOT NULL, i AS BOOLEAN, j AS STRING, k AS JSON,
      l AS UUID, m AS DATE, n AS TIME, o AS TIMESTAMP, p AS TIMESTAMPTZ, q AS BINARY /* c */ ) -- d`
    expect(types(clause, dialect)).toEqual([
      request('a', INT32),
      request('b', { kind: 'int', bits: 64, signed: true }, true),
      request('c', { kind: 'int', bits: 64, signed: false }),
      request('d', { kind: 'float' }, true),
      request('e', { kind: 'double' }),
      request('f', { kind: 'decimal', precision: 38, scale: 38 }),
      request('g', { kind: 'decimal', precision: 5, scale: 0 }),
      request('h', { kind: 'decimal', precision: 1, scale: 0 }, true),
      request('i', { kind: 'bool' }),
      request('j', { kind: 'string' }),
      request('k', { kind: 'json' }),
      request('l', { kind: 'uuid' }),
      request('m', { kind: 'date' }),
      request('n', { kind: 'time' }),
      request('o', { kind: 'timestamp', utc: false }),
      request('p', { kind: 'timestamp', utc: true }),
      request('q', { kind: 'bytes' }),
    ])
  })

  it('reads words of SQL as names of columns', () => {
    const clause = 'TYPES (types AS INT32, "from" AS INT32, for AS INT32, lock AS INT32, into AS INT32)'
    const quoted = dialect === 'mysql' ? clause.replaceAll('"', '`') : clause
    expect(types(quoted, dialect)?.map(({ column }) => column)).toEqual([
      'types',
      'from',
      'for',
      'lock',
      'into',
    ])
  })

  it.each<[string, string, string]>([
    ['TYPES', 'expected ( after TYPES, found the end of the statement', 'Write TYPES (column AS type'],
    ['TYPES ()', 'expected the name of a column, found ")"', 'Write TYPES (column AS type'],
    ['TYPES (a)', 'expected AS after the column "a", found ")"', 'Write TYPES'],
    ['TYPES (a AS)', 'expected INT32, INT64, UINT64, FLOAT, DOUBLE, DECIMAL, ', 'Write TYPES'],
    ['TYPES (a AS INT32', 'expected NOT NULL, a comma, or ) after the type, found the end', 'Write TYPES'],
    ['TYPES (a AS INT32,)', 'expected the name of a column, found ")"', 'Write TYPES'],
    ['TYPES (a AS INT32 NOT)', 'expected NULL after NOT, found ")"', 'Write TYPES'],
    ['TYPES (a AS INT32 NULL)', 'after the type, found "NULL"', 'the type alone, which allows NULL'],
    ['TYPES (a AS INT32, a AS DATE)', 'expected each column once in TYPES, found "a" again', 'Write TYPES'],
    ['TYPES (a AS DECIMAL)', 'expected ( after DECIMAL, found ")"', 'DECIMAL(10,2)'],
    ['TYPES (a AS DECIMAL(39,0))', 'expected a precision of 1 to 38, found "39"', 'DECIMAL(10,2)'],
    ['TYPES (a AS DECIMAL(0,0))', 'expected a precision of 1 to 38, found "0"', 'DECIMAL(10,2)'],
    ['TYPES (a AS DECIMAL(5,6))', 'expected a scale of 0 to 5, the precision, found "6"', 'DECIMAL(10,2)'],
    ['TYPES (a AS DECIMAL(5.2))', 'expected a precision of 1 to 38, found "5.2"', 'DECIMAL(10,2)'],
    ['TYPES (a AS DECIMAL(5,2,1))', 'expected ) after the digits of DECIMAL, found ","', 'DECIMAL(10,2)'],
    ['TYPES (t.a AS DATE)', 'expected AS after the column "t", found "."', 'Write TYPES'],
    ['TYPES (1 AS DATE)', 'expected the name of a column, found "1"', 'Write TYPES'],
    ["TYPES ('a' AS DATE)", `expected the name of a column, found "'a'"`, 'Write TYPES'],
    ['TYPES (a AS COMPLEX)', 'or BINARY after AS, found "COMPLEX"', 'Write TYPES'],
    ['TYPES (a AS INTEGER)', 'after AS, found "INTEGER"', 'Did you mean INT32?'],
    ['TYPES (a AS int)', 'after AS, found "int"', 'Did you mean INT32?'],
    ['TYPES (a AS BIGINT)', 'after AS, found "BIGINT"', 'Did you mean INT64?'],
    ['TYPES (a AS BIGINT UNSIGNED)', 'after AS, found "BIGINT"', 'Did you mean INT64?'],
    ['TYPES (a AS VARCHAR(10))', 'after AS, found "VARCHAR"', 'Did you mean STRING?'],
    ['TYPES (a AS TEXT)', 'after AS, found "TEXT"', 'Did you mean STRING?'],
    ['TYPES (a AS BYTEA)', 'after AS, found "BYTEA"', 'Did you mean BINARY?'],
    ['TYPES (a AS VARBINARY(3))', 'after AS, found "VARBINARY"', 'Did you mean BINARY?'],
    ['TYPES (a AS NUMERIC(10,2))', 'after AS, found "NUMERIC"', 'Did you mean DECIMAL?'],
    ['TYPES (a AS REAL)', 'after AS, found "REAL"', 'Did you mean FLOAT?'],
    ['TYPES (a AS BOOL)', 'after AS, found "BOOL"', 'Did you mean BOOLEAN?'],
    ['TYPES (a AS DATETIME)', 'after AS, found "DATETIME"', 'Did you mean TIMESTAMP?'],
    ['TYPES (a AS TIMESTAMP WITH TIME ZONE)', 'found "WITH"', 'Did you mean TIMESTAMPTZ?'],
    ['TYPES (a AS DOUBLE PRECISION)', 'found "PRECISION"', 'Did you mean DOUBLE alone?'],
    ['TYPES (a AS BOOLAEN)', 'found "BOOLAEN"', 'Did you mean BOOLEAN?'],
    ['TYPES (a AS DATE) TYPES (b AS DATE)', 'expected TYPES only once', 'Write TYPES'],
    ['TYPE (a AS DATE)', 'found "TYPE"', 'Did you mean TYPES?'],
    ['INVALID', 'expected DATES after INVALID, found the end', 'Write INVALID DATES {NULL|ERROR}.'],
    ['INVALID DATE NULL', 'expected DATES after INVALID, found "DATE"', 'Did you mean DATES?'],
    ['INVALID DATES', 'expected NULL or ERROR after INVALID DATES', 'Write INVALID DATES {NULL|ERROR}.'],
    ['INVALID DATES FAIL', 'expected NULL or ERROR after INVALID DATES, found "FAIL"', 'Write INVALID'],
    ['INVALID DATES NULL INVALID DATES ERROR', 'expected INVALID DATES only once', 'Write INVALID'],
  ])('refuses %s', (clause, message, hint) => {
    const error = refusal(() => parse(withClause(clause), dialect))
    expect(error.code).toBe('SQL_SYNTAX')
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
  })

  it('reads a list and a type alone', () => {
    const name = dialect === 'mysql' ? '`X y`' : '"X y"'
    expect(parseTypes(`${name} AS INT32 NOT NULL, b AS DATE`, dialect)).toEqual([
      request('X y', INT32, true),
      request('b', { kind: 'date' }),
    ])
    expect(parseType('decimal(10, 2) not null')).toEqual({
      type: { kind: 'decimal', precision: 10, scale: 2 },
      isRequired: true,
    })
    for (const list of ['', 'a AS INT32)', 'a AS INT32) OVERWRITE ON', 'a AS INT32; DROP TABLE t'])
      expect(refusal(() => parseTypes(list, dialect)).code).toBe('SQL_SYNTAX')
    for (const text of ['', 'INT', 'INT32, b AS DATE', 'DECIMAL(39)'])
      expect(refusal(() => parseType(text)).code).toBe('SQL_SYNTAX')
  })
})

describe('a name in TYPES', () => {
  it.each<[Dialect, string, string]>([
    ['mysql', 'Total', 'Total'],
    ['duckdb', 'Total', 'Total'],
    ['postgres', 'TotaL', 'total'],
    ['mysql', '`A``b "c"`', 'A`b "c"'],
    ['postgres', '"A""b `c"', 'A"b `c'],
    ['duckdb', '"A""b `c"', 'A"b `c'],
    ['mysql', '1st', '1st'],
    ['postgres', 'a$b', 'a$b'],
    ['mysql', 'é', 'é'],
    ['postgres', 'É', 'É'],
  ])('on %s %s means %s', (dialect, written, column) => {
    expect(types(`TYPES (${written} AS DATE) FORMAT PARQUET`, dialect)).toEqual([
      request(column, { kind: 'date' }),
    ])
  })

  it.each<[Dialect, string, string]>([
    ['mysql', '"a"', 'double quotes are a string'],
    ['postgres', '`a`', 'Write TYPES'],
    ['duckdb', '`a`', 'Write TYPES'],
    ['postgres', 'U&"a"', 'Write TYPES'],
  ])('on %s is not %s', (dialect, written, hint) => {
    const error = refusal(() => types(`TYPES (${written} AS DATE)`, dialect))
    expect(error.message).toContain('expected the name of a column')
    expect(error.hint).toContain(hint)
  })

  it('is in double quotes on MySQL under ANSI_QUOTES', () => {
    const rules = { backslashEscapes: true, doubleQuotedStrings: false }
    const sql = withClause(`TYPES ("a""b" AS DATE, \`c\` AS DATE) LINES TERMINATED BY 'x'`)
    const [statement] = splitStatements(sql, 'mysql', rules)
    expect(parseExport(statement, 'mysql')?.types.map(({ column }) => column)).toEqual(['a"b', 'c'])
  })
})

/** Each with the fields of the statement that it decides. A string shows whose rules the lexer applies. */
const OTHERS: readonly (readonly [string, Partial<ExportStatement>])[] = [
  ['CHARACTER SET utf8mb4', { characterSet: 'utf8mb4' }],
  ["CHARACTER SET 'utf8mb4'", { characterSet: 'utf8mb4' }],
  ['FORMAT CSV HEADER', { format: 'CSV', header: true }],
  [
    `FIELDS TERMINATED BY '\\'' ENCLOSED BY "\\""`,
    {
      fields: {
        terminatedBy: Buffer.from("'"),
        enclosedBy: Buffer.from('"'),
        optionallyEnclosed: false,
        escapedBy: null,
      },
    },
  ],
  [`LINES TERMINATED BY "';"`, { lines: { startingBy: null, terminatedBy: Buffer.from("';") } }],
  ['MANIFEST ON', { manifest: 'ON' }],
  ['OVERWRITE ON', { overwrite: 'ON' }],
  [`ENCRYPTION SSE_KMS 'a\\'b'`, { encryption: { kind: 'SSE_KMS', keyId: "a'b" } }],
  ['COMPRESSION GZIP', { compression: 'GZIP' }],
  ['MANIFEST VERBOSE', { manifest: 'VERBOSE' }],
  ['OVERWRITE PARTITIONS', { overwrite: 'PARTITIONS' }],
  ['PARTITION BY (b, c) INCLUDE', { partitionBy: { columns: ['b', 'c'], include: true } }],
  ['MAXPARTITIONS 7', { maxPartitions: 7 }],
  ['PARALLEL 4', { parallel: { readers: 4, by: null, consistency: 'SNAPSHOT' } }],
  ['PARALLEL 2 BY (b)', { parallel: { readers: 2, by: ['b'], consistency: 'SNAPSHOT' } }],
  ['SINGLE ON', { single: true }],
  [`EXTENSION '.csv'`, { extension: 'csv' }],
  ['BOM ON', { bom: true }],
  ['MAXFILESIZE 6 MB', { maxFileSize: 6 * 2 ** 20 }],
  ['ROWGROUPSIZE 8 MB', { rowGroupSize: 8 * 2 ** 20 }],
  ['INVALID DATES ERROR', { invalidDates: 'ERROR' }],
]

describe.each(DIALECTS)('the rules of the clauses on %s', dialect => {
  const name = dialect === 'mysql' ? '`a"(\\`' : '"a\'(\\"'
  const column = name.slice(1, -1)
  const list = `TYPES (${name} AS INT32, b AS DECIMAL(3,1))`

  it.each(OTHERS)('apply before and after TYPES: %s', (clause, fields) => {
    const expected = {
      types: [request(column, INT32), request('b', { kind: 'decimal', precision: 3, scale: 1 })],
      ...fields,
    }
    expect(parse(withClause(`${clause} ${list}`), dialect)).toMatchObject(expected)
    expect(parse(withClause(`${list} ${clause}`), dialect)).toMatchObject(expected)
    expect(parse(withClause(`${list}${clause}`), dialect)).toMatchObject(expected)
  })

  it.each(OTHERS)('apply before and after INVALID DATES: %s', (clause, fields) => {
    if (fields.invalidDates !== undefined) return
    const expected = { invalidDates: 'NULL', ...fields }
    expect(parse(withClause(`${clause} INVALID DATES NULL`), dialect)).toMatchObject(expected)
    expect(parse(withClause(`INVALID DATES NULL ${clause}`), dialect)).toMatchObject(expected)
  })

  it.each(['FROM "t;"', "FOR UPDATE /* ' */", "LOCK IN SHARE MODE -- '"])(
    'are those of the query after TYPES and %s',
    rest => {
      const read = parse(`${withClause(list)} ${rest}`, dialect)
      expect(read?.query).toBe(`SELECT 1  ${rest}`)
    },
  )

  it('end with the statement, also if the list stays open', () => {
    if (dialect === 'postgres') return
    const [first, second] = splitStatements(`${withClause('TYPES (a AS INT32')}; SELECT '\\'`, dialect, {
      backslashEscapes: false,
      doubleQuotedStrings: dialect === 'mysql',
    })
    expect(first.text).toMatch(/INT32$/)
    expect(second.text).toBe("SELECT '\\'")
  })
})
