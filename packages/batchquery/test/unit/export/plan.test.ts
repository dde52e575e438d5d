import * as zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { planExport } from '../../../src/export/index.ts'
import { BlockPool, type TypedColumn } from '../../../src/format/index.ts'
import { type Dialect, parseExport, splitStatements } from '../../../src/sql/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const CODEC = 'zstdCompress' in zlib ? 'ZSTD' : 'SNAPPY'
const DIALECTS: readonly Dialect[] = ['mysql', 'postgres', 'duckdb']

function plan(clauses: string, dialect: Dialect, memoryBytes?: number, prefix = 'r') {
  const uri = `s3://b/${prefix}`
  const [statement] = splitStatements(`SELECT 1 INTO OUTFILE S3 '${uri}' ${clauses}`, dialect)
  const exported = parseExport(statement, dialect)
  if (exported === null) throw new Error('no export')
  const destination = { store: new DirectoryStore('/nowhere'), bucket: 'b', prefix, uri }
  return planExport(exported, destination, false, memoryBytes)
}

test.each([
  ["FORMAT CSV FIELDS ENCLOSED BY 'é'", 'FORMAT CSV cannot have FIELDS ENCLOSED BY "é"'],
  ["FORMAT CSV FIELDS ENCLOSED BY ''", 'FORMAT CSV cannot have FIELDS ENCLOSED BY ""'],
  ["FORMAT CSV FIELDS ENCLOSED BY ','", 'FORMAT CSV cannot have FIELDS TERMINATED BY and ENCLOSED BY ","'],
  ["FORMAT CSV FIELDS ENCLOSED BY '\\n'", 'FORMAT CSV cannot have FIELDS ENCLOSED BY "\\n"'],
  [
    "FORMAT CSV FIELDS TERMINATED BY '\"'",
    'FORMAT CSV cannot have FIELDS TERMINATED BY and ENCLOSED BY "\\""',
  ],
  ["FORMAT CSV FIELDS TERMINATED BY '§'", 'FORMAT CSV cannot have FIELDS TERMINATED BY "§"'],
  ["FORMAT CSV FIELDS TERMINATED BY '||'", 'FORMAT CSV cannot have FIELDS TERMINATED BY "||"'],
  ["FORMAT CSV FIELDS TERMINATED BY '\\r'", 'FORMAT CSV cannot have FIELDS TERMINATED BY "\\r"'],
  ['FORMAT CSV FIELDS TERMINATED BY 0x80', 'FORMAT CSV cannot have FIELDS TERMINATED BY "\ufffd"'],
  ["FORMAT CSV LINES TERMINATED BY ','", 'FORMAT CSV cannot have LINES TERMINATED BY ","'],
  ["FORMAT CSV LINES TERMINATED BY '\"\\n'", 'FORMAT CSV cannot have LINES TERMINATED BY "\\"\\n"'],
  ["FORMAT CSV FIELDS ESCAPED BY '\\\\'", 'FORMAT CSV has no ESCAPED BY'],
  ["FORMAT CSV LINES STARTING BY '>'", 'FORMAT CSV has no LINES STARTING BY'],
  ['CHARACTER SET utf16 FORMAT CSV HEADER', /^CHARACTER SET utf16 has characters of two or four bytes/],
  ['CHARACTER SET UTF16LE FORMAT CSV', /^CHARACTER SET utf16le /],
  ['CHARACTER SET ucs2 FORMAT CSV', /^CHARACTER SET ucs2 /],
  ['CHARACTER SET utf32 FORMAT TEXT HEADER', /^CHARACTER SET utf32 /],
  ['CHARACTER SET utf16', /^CHARACTER SET utf16 /],
  ['CHARACTER SET binary FORMAT CSV', /^CHARACTER SET binary keeps each column/],
  ['FORMAT PARQUET HEADER', 'FORMAT PARQUET has no HEADER'],
  ["FORMAT PARQUET FIELDS TERMINATED BY ','", 'FORMAT PARQUET has no FIELDS TERMINATED BY'],
  ["FIELDS ENCLOSED BY '\"' FORMAT PARQUET", 'FORMAT PARQUET has no ENCLOSED BY'],
  ["FORMAT PARQUET FIELDS ESCAPED BY '!'", 'FORMAT PARQUET has no ESCAPED BY'],
  ["LINES STARTING BY '>' FORMAT PARQUET", 'FORMAT PARQUET has no LINES STARTING BY'],
  ["FORMAT PARQUET LINES TERMINATED BY '\n'", 'FORMAT PARQUET has no LINES TERMINATED BY'],
  ['CHARACTER SET latin1 FORMAT PARQUET', 'FORMAT PARQUET cannot have CHARACTER SET latin1'],
  ['FORMAT PARQUET CHARACTER SET binary', 'FORMAT PARQUET cannot have CHARACTER SET binary'],
  ['COMPRESSION SNAPPY', 'FORMAT TEXT has no COMPRESSION SNAPPY'],
  ['COMPRESSION SNAPPY FORMAT CSV', 'FORMAT CSV has no COMPRESSION SNAPPY'],
  ['ROWGROUPSIZE 64 MB', 'FORMAT TEXT has no ROWGROUPSIZE'],
  ['FORMAT CSV ROWGROUPSIZE 64 MB', 'FORMAT CSV has no ROWGROUPSIZE'],
] as const)('%s is refused on every database before anything runs', (clauses, message) => {
  for (const dialect of DIALECTS)
    expect(() => plan(clauses, dialect)).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_CLAUSE',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
        hint: expect.stringMatching(/^(Write|Remove)/),
      }),
    )
})

test.each([
  "FORMAT CSV FIELDS TERMINATED BY ';' ENCLOSED BY '\\'' LINES TERMINATED BY '\\r\\n'",
  "FORMAT CSV FIELDS TERMINATED BY '\\t' OPTIONALLY ENCLOSED BY '\"'",
  'CHARACTER SET sjis FORMAT CSV HEADER',
  "FIELDS TERMINATED BY '§' ENCLOSED BY '§' LINES TERMINATED BY '§'",
  "FIELDS TERMINATED BY '\"' ENCLOSED BY '\"' ESCAPED BY '\"'",
  'CHARACTER SET binary',
  'CHARACTER SET utf8mb4 FORMAT PARQUET',
  'FORMAT PARQUET CHARACTER SET UTF8 COMPRESSION GZIP ROWGROUPSIZE 4 MB MAXFILESIZE 1 MB MANIFEST ON',
])('the plan accepts %s', clauses => {
  for (const dialect of DIALECTS) expect(() => plan(clauses, dialect)).not.toThrow()
})

test.each([
  ['FORMAT PARQUET', 256, false],
  ['FORMAT PARQUET', 190, true],
  ['FORMAT PARQUET ROWGROUPSIZE 512 MB', 512, true],
  ['FORMAT PARQUET ROWGROUPSIZE 512 MB', 2048, false],
  ['FORMAT CSV', 64, false],
] as const)('%s in %d MiB of memory has smaller row groups: %s', (clauses, memory, isShort) => {
  expect(plan(clauses, 'mysql', memory * MIB).format.isShortOfMemory).toBe(isShort)
})

test('the plan refuses FORMAT PARQUET when the memory does not suffice', () => {
  expect(() => plan('FORMAT PARQUET', 'mysql', 128 * MIB)).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_CLAUSE',
      message: 'FORMAT PARQUET needs 176 MiB of memory, but this process may use only 128 MiB',
      hint: 'Raise the memory to 256 MiB (--memory), or write another FORMAT.',
    }),
  )
})

test('a Node without ZSTD refuses it for PARQUET and names what it can have instead', () => {
  const planned = () => plan('FORMAT PARQUET COMPRESSION ZSTD', 'duckdb')
  if ('zstdCompress' in zlib) expect(planned().format.codec).toBe('ZSTD')
  else
    expect(planned).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_CLAUSE',
        message: `COMPRESSION ZSTD needs Node 22.15 or newer, but this is ${process.version}`,
        hint: 'Run with Node 22.15 or newer, or write COMPRESSION SNAPPY.',
      }),
    )
})

test.each([
  ['SINGLE ON PARTITION BY (a)', /^an export cannot have SINGLE ON and PARTITION BY/],
  ['SINGLE ON MAXFILESIZE 1 GB', /^an export cannot have SINGLE ON and MAXFILESIZE/],
  ["SINGLE ON EXTENSION 'csv'", /^an export cannot have SINGLE ON and EXTENSION/],
  ['OVERWRITE PARTITIONS', /^an export cannot have OVERWRITE PARTITIONS without PARTITION BY/],
  ['MAXPARTITIONS 5', /^an export cannot have MAXPARTITIONS without PARTITION BY/],
  ['FORMAT CSV BOM ON CHARACTER SET latin1', /^BOM ON marks a file as UTF-8, and CHARACTER SET is latin1/],
  ['FORMAT TEXT BOM ON', 'FORMAT TEXT has no BOM'],
])('the plan refuses %s', (clauses, message) => {
  expect(() => plan(clauses, 'mysql')).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_CLAUSE',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    }),
  )
})

test('the plan refuses PARTITION BY when the destination ends in a slash', () => {
  expect(() => plan('PARTITION BY (a)', 'mysql', undefined, 'r/')).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_CLAUSE',
      message: 'an export cannot have PARTITION BY and a destination that ends in a slash: s3://b/r/',
      hint: "The folders of the partitions follow a slash of their own. Write 's3://b/r'.",
    }),
  )
})

test.each([
  ['SINGLE ON', { codec: null, maxPartBytes: 200 * GIB, rowGroupBytes: null }],
  ['FORMAT TEXT', { codec: null, maxPartBytes: 6 * GIB, rowGroupBytes: null }],
  ['FORMAT PARQUET', { codec: CODEC, maxPartBytes: 256 * MIB, rowGroupBytes: 64 * MIB }],
  ['FORMAT PARQUET COMPRESSION NONE', { codec: 'NONE', maxPartBytes: 256 * MIB, rowGroupBytes: 64 * MIB }],
  [
    'FORMAT PARQUET ROWGROUPSIZE 8 MB MAXFILESIZE 1 GB',
    { codec: CODEC, maxPartBytes: GIB, rowGroupBytes: 8 * MIB },
  ],
])('the plan of %s has its sizes and its compression', (clauses, expected) => {
  const { format, maxPartBytes, compression } = plan(clauses, 'duckdb')
  expect({ codec: format.codec, maxPartBytes, rowGroupBytes: format.rowGroupBytes }).toEqual(expected)
  expect(compression.name).toBe('NONE')
})

test('FORMAT PARQUET refuses a result without columns, and two columns whose names differ at most in case', () => {
  const { format } = plan('FORMAT PARQUET', 'duckdb')
  const output = { pool: new BlockPool(MIB, 2), maxPartBytes: GIB, emit: () => {} }
  const column = (name: string): TypedColumn => ({
    name: Buffer.from(name),
    kind: 'string',
    type: 'text',
    encoding: 'utf8',
    isLarge: false,
    exact: { type: { kind: 'string' }, wire: 'text' },
  })
  const refused = (names: readonly string[], message: string, hint: string): void =>
    expect(() => format.encoder(names.map(column), output)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_CLAUSE', message: `FORMAT PARQUET ${message}`, hint }),
    )
  refused([], 'needs at least one column, but the result has none', 'Select a column.')
  refused(
    ['a', 'é"', 'b', 'é"'],
    'needs a different name for each column, but two columns of the result are named "é\\""',
    'Rename one of them in the query: AS other_name.',
  )
  refused(
    ['é', 'b', 'É'],
    'needs column names that differ in more than their case, but the result has "é" and "É"',
    'Rename one of them in the query: AS other_name.',
  )
})
