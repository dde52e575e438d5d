import { describe, expect, it } from 'vitest'
import type { BatchQueryError } from '../../../src/errors/index.ts'
import {
  type Dialect,
  type ExportStatement,
  type PartitionBy,
  parseExport,
  parsePartitionBy,
  splitStatements,
} from '../../../src/sql/index.ts'
import { parse, withClause } from './export-statements.ts'
import { DIALECTS } from './tokens.ts'

const partitionBy = (clause: string, dialect: Dialect): PartitionBy | null | undefined =>
  parse(withClause(clause), dialect)?.partitionBy

const refusal = (work: () => unknown): BatchQueryError => {
  try {
    work()
  } catch (error) {
    return error as BatchQueryError
  }
  throw new Error('nothing was refused')
}

describe.each(DIALECTS)('the clause PARTITION BY on %s', dialect => {
  it.each<[string, readonly string[], boolean]>([
    ['PARTITION BY (a)', ['a'], false],
    ['partition by (a, b) include', ['a', 'b'], true],
    ['PARTITION /* c */ BY(a,b)INCLUDE', ['a', 'b'], true],
    ['PARTITION BY -- (\n ( a /* ) */ ) -- INCLUDE', ['a'], false],
    ['PARTITION BY (by, from, for, include, types)', ['by', 'from', 'for', 'include', 'types'], false],
  ])('reads %s', (clause, columns, include) => {
    expect(partitionBy(clause, dialect)).toEqual({ columns, include })
  })

  it.each<[string, string, string]>([
    [
      'PARTITION',
      'expected BY after PARTITION, found the end of the statement',
      'Write PARTITION BY (column',
    ],
    ['PARTITION (a)', 'expected BY after PARTITION, found "("', 'Write PARTITION BY (column'],
    ['PARTITION BY', 'expected ( after PARTITION BY, found the end of the statement', 'Write PARTITION BY'],
    ['PARTITION BY a', 'expected ( after PARTITION BY, found "a"', 'Write PARTITION BY (column'],
    ['PARTITION BY ()', 'expected the name of a column, found ")"', 'Write PARTITION BY (column'],
    ['PARTITION BY (a', 'expected , or ) after a column, found the end of the statement', 'Write PARTITION'],
    ['PARTITION BY (a,)', 'expected the name of a column, found ")"', 'Write PARTITION BY (column'],
    ['PARTITION BY (a b)', 'expected , or ) after a column, found "b"', 'Write PARTITION BY (column'],
    ['PARTITION BY (t.a)', 'expected , or ) after a column, found "."', 'Write PARTITION BY (column'],
    ['PARTITION BY (year(a))', 'expected , or ) after a column, found "("', 'Write PARTITION BY (column'],
    ['PARTITION BY (1)', 'expected the name of a column, found "1"', 'Write PARTITION BY (column'],
    ["PARTITION BY ('a')", `expected the name of a column, found "'a'"`, 'Write PARTITION BY (column'],
    ['PARTITION BY (a, a)', 'expected each column once in PARTITION BY, found "a" again', 'Write PARTITION'],
    [
      'PARTITION BY (a) PARTITION BY (b)',
      'expected PARTITION BY only once, found it again',
      'Write PARTITION',
    ],
    ['INCLUDE', 'found "INCLUDE"', 'Did you mean PARTITION BY (...) INCLUDE?'],
    ['PARTITIONED BY (a)', 'found "PARTITIONED"', 'Did you mean PARTITION BY?'],
    ['PARTITION_BY (a)', 'found "PARTITION_BY"', 'Did you mean PARTITION BY?'],
    ['PARTTION BY (a)', 'found "PARTTION"', 'Did you mean PARTITION?'],
  ])('refuses %s', (clause, message, hint) => {
    const error = refusal(() => parse(withClause(clause), dialect))
    expect(error.code).toBe('SQL_SYNTAX')
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
  })

  it('reads a list alone', () => {
    const name = dialect === 'mysql' ? '`X y`' : '"X y"'
    expect(parsePartitionBy(`${name}, b`, dialect)).toEqual({ columns: ['X y', 'b'], include: false })
    expect(parsePartitionBy('b INCLUDE', dialect)).toEqual({ columns: ['b'], include: true })
    for (const list of ['', 'a,', 'a)', '(a)', 'a INCLUDE b', 'a; DROP TABLE t', 'a, a'])
      expect(refusal(() => parsePartitionBy(list, dialect)).code).toBe('SQL_SYNTAX')
  })
})

describe('a name in PARTITION BY', () => {
  it.each<[Dialect, string, string]>([
    ['mysql', 'Total', 'Total'],
    ['duckdb', 'Total', 'Total'],
    ['postgres', 'TotaL', 'total'],
    ['mysql', '`A``b "c"`', 'A`b "c"'],
    ['postgres', '"A""b `c\'("', 'A"b `c\'('],
    ['duckdb', '"A""b `c\\"', 'A"b `c\\'],
    ['mysql', '`a\\`', 'a\\'],
    ['mysql', 'é', 'é'],
  ])('on %s %s means %s', (dialect, written, column) => {
    const clause = `PARTITION BY (${written}) LINES TERMINATED BY '\\';'`
    const read = parse(withClause(clause), dialect)
    expect(read?.partitionBy).toEqual({ columns: [column], include: false })
    expect(Buffer.from(read?.lines.terminatedBy ?? []).toString()).toBe("';")
  })

  it.each<[Dialect, string, string]>([
    ['mysql', '"a"', 'double quotes are a string'],
    ['postgres', '`a`', 'Write PARTITION BY'],
    ['duckdb', '`a`', 'Write PARTITION BY'],
  ])('on %s is not %s', (dialect, written, hint) => {
    const error = refusal(() => parse(withClause(`PARTITION BY (${written})`), dialect))
    expect(error.message).toContain('expected the name of a column')
    expect(error.hint).toContain(hint)
  })

  it('is in double quotes on MySQL under ANSI_QUOTES', () => {
    const rules = { backslashEscapes: true, doubleQuotedStrings: false }
    const sql = withClause(`PARTITION BY ("a""b", \`c\`) LINES TERMINATED BY 'x'`)
    const [statement] = splitStatements(sql, 'mysql', rules)
    expect(parseExport(statement, 'mysql')?.partitionBy?.columns).toEqual(['a"b', 'c'])
  })
})

describe.each(DIALECTS)('the other clauses of datasets on %s', dialect => {
  it.each<[string, Partial<ExportStatement>]>([
    ['MAXPARTITIONS 1', { maxPartitions: 1 }],
    ['maxpartitions 1000000', { maxPartitions: 1_000_000 }],
    ['OVERWRITE PARTITIONS', { overwrite: 'PARTITIONS' }],
    ['SINGLE OFF', { single: false }],
    ['single on', { single: true }],
    ["EXTENSION 'csv'", { extension: 'csv' }],
    ["EXTENSION '.tab.txt'", { extension: 'tab.txt' }],
    ['BOM ON', { bom: true }],
    ['MANIFEST VERBOSE', { manifest: 'VERBOSE' }],
  ])('read %s', (clause, fields) => {
    expect(parse(withClause(clause), dialect)).toMatchObject(fields)
  })

  it.each<[string, string, string]>([
    ['MAXPARTITIONS', 'expected a number after MAXPARTITIONS, found the end', 'Write MAXPARTITIONS'],
    ['MAXPARTITIONS 0', 'expected a MAXPARTITIONS of 1 to 1000000, found "0"', 'Write MAXPARTITIONS'],
    ['MAXPARTITIONS 1000001', 'expected a MAXPARTITIONS of 1 to 1000000, found "1000001"', 'such as 10000'],
    ['MAXPARTITIONS -1', 'expected a number after MAXPARTITIONS, found "-"', 'Write MAXPARTITIONS'],
    ['MAXPARTITIONS 1.5', 'expected a number after MAXPARTITIONS, found "1.5"', 'Write MAXPARTITIONS'],
    ['SINGLE', 'expected ON or OFF after SINGLE, found the end of the statement', 'Write SINGLE {ON|OFF}.'],
    ['SINGLE = TRUE', 'expected ON or OFF after SINGLE, found "="', 'Did you mean SINGLE without =?'],
    ['SINGLE TRUE', 'expected ON or OFF after SINGLE, found "TRUE"', 'Did you mean ON?'],
    ['SINGLE_FILE ON', 'found "SINGLE_FILE"', 'Did you mean SINGLE ON?'],
    ['EXTENSION csv', 'expected a string after EXTENSION, found "csv"', "Write EXTENSION 'csv'"],
    ["EXTENSION ''", 'expected a string with text after EXTENSION, found an empty one', 'Write EXTENSION'],
    ["EXTENSION 'a/b'", 'expected an extension such as csv, found "a/b"', 'Write EXTENSION'],
    ["EXTENSION 'csv.'", 'expected an extension such as csv, found "csv."', 'Write EXTENSION'],
    ["EXTENSION '..'", 'expected an extension such as csv, found ".."', 'Write EXTENSION'],
    ["EXTENSION 'csv.gz'", 'expected an extension such as csv, found "csv.gz"', 'COMPRESSION adds its own'],
    ["EXTENSION 'csv.bak'", 'expected an extension such as csv, found "csv.bak"', 'Write EXTENSION'],
    ["EXTENSION 'manifest'", 'expected an extension such as csv, found "manifest"', 'Write EXTENSION'],
    ["FILE_EXTENSION 'csv'", 'found "FILE_EXTENSION"', 'Did you mean EXTENSION?'],
    ['BOM', 'expected ON or OFF after BOM, found the end of the statement', 'Write BOM {ON|OFF}.'],
    ['OVERWRITE PARTITION', 'found "PARTITION"', 'Did you mean PARTITIONS?'],
    ['OVERWRITE_OR_IGNORE', 'found "OVERWRITE_OR_IGNORE"', 'Did you mean OVERWRITE ON?'],
    ['WRITE_PARTITION_COLUMNS true', 'found "WRITE', 'Did you mean PARTITION BY (...) INCLUDE?'],
    ['CLEANPATH', 'found "CLEANPATH"', 'Did you mean OVERWRITE PARTITIONS?'],
    ['ALLOWOVERWRITE', 'found "ALLOWOVERWRITE"', 'Did you mean OVERWRITE ON?'],
    ['MAX_PARTITIONS 7', 'found "MAX_PARTITIONS"', 'Did you mean MAXPARTITIONS?'],
  ])('refuse %s', (clause, message, hint) => {
    const error = refusal(() => parse(withClause(clause), dialect))
    expect(error.code).toBe('SQL_SYNTAX')
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
  })
})

describe.each(DIALECTS)('clauses on %s', dialect => {
  const name = dialect === 'mysql' ? '`a"(\\`' : '"a\'(\\"'
  /** Each in its own way depends on whose rules the lexer applies. */
  const clauses = [
    "CHARACTER SET 'utf8mb4'",
    'FORMAT CSV HEADER',
    `FIELDS TERMINATED BY '\\'' ENCLOSED BY "\\""`,
    `LINES TERMINATED BY "';\\n"`,
    'MANIFEST VERBOSE',
    'OVERWRITE PARTITIONS',
    `PARTITION BY (${name}, c) INCLUDE`,
    'MAXPARTITIONS 7',
    `PARALLEL 4 BY (${name}, c) CONSISTENCY NONE`,
    'SINGLE ON',
    "EXTENSION 'c' 's\\v'",
    'BOM ON',
    `TYPES (${name} AS INT32, b AS DECIMAL(3,1))`,
    'INVALID DATES ERROR',
    `ENCRYPTION SSE_KMS 'a\\'b'`,
    'COMPRESSION GZIP',
    'MAXFILESIZE 6 MB',
    'ROWGROUPSIZE 8 MB',
  ]
  const plain = parse(withClause(''), dialect)
  const own = (clause: string) =>
    Object.entries(parse(withClause(clause), dialect) ?? {}).filter(
      ([field, value]) =>
        JSON.stringify(value) !==
        JSON.stringify(Object.entries(plain ?? {}).find(([key]) => key === field)?.[1]),
    )
  const pairs = clauses.flatMap(one =>
    clauses.flatMap(other => (one === other ? [] : [[one, other] as const])),
  )

  it.each(clauses)('say something: %s', clause => {
    expect(own(clause)).not.toEqual([])
  })

  it.each(pairs)('mean the same in a pair: %s, then %s', (one, other) => {
    const expected = { ...plain, ...Object.fromEntries([...own(one), ...own(other)]) }
    expect(parse(withClause(`${one} ${other}`), dialect)).toEqual(expected)
  })
})
