import { expect, test } from 'vitest'
import { planExport } from '../../../src/export/index.ts'
import { type Dialect, parseExport, splitStatements } from '../../../src/sql/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

const DIALECTS: readonly Dialect[] = ['mysql', 'postgres', 'duckdb']

function plan(clauses: string, dialect: Dialect, memoryBytes?: number) {
  const [statement] = splitStatements(`SELECT 1 INTO OUTFILE S3 's3://b/r' ${clauses}`, dialect)
  const exported = parseExport(statement, dialect)
  if (exported === null) throw new Error('no export')
  const destination = { store: new DirectoryStore('/nowhere'), bucket: 'b', prefix: 'r', uri: 's3://b/r' }
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
  ['CHARACTER SET binary FORMAT CSV', /^CHARACTER SET binary leaves every column/],
] as const)('%s is refused on every database before anything runs', (clauses, message) => {
  for (const dialect of DIALECTS)
    expect(() => plan(clauses, dialect)).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_CLAUSE',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
        hint: expect.stringMatching(/^(Write|Leave|In CSV)/),
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
])('the plan accepts %s', clauses => {
  for (const dialect of DIALECTS) expect(() => plan(clauses, dialect)).not.toThrow()
})

const MIB = 1024 * 1024

test.each([
  ['FORMAT PARQUET', 256, null],
  ['FORMAT PARQUET', 190, 20],
  ['FORMAT PARQUET MAXFILESIZE 10 MB', 190, null],
  ['FORMAT PARQUET ROWGROUPSIZE 512 MB', 512, 234],
  ['FORMAT CSV', 64, null],
] as const)('%s in %d MiB of memory collects row groups of %s MiB', (clauses, memory, group) => {
  const { shrunkGroupBytes = null } = plan(clauses, 'mysql', memory * MIB)
  expect(shrunkGroupBytes && Math.floor(shrunkGroupBytes / MIB)).toBe(group)
})

test('the plan refuses FORMAT PARQUET when memory does not suffice for the smallest row group', () => {
  expect(() => plan('FORMAT PARQUET', 'mysql', 128 * MIB)).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_CLAUSE',
      message: 'FORMAT PARQUET needs 166 MiB of memory, and this process may use 128 MiB',
      hint: 'Give the container 256 MiB (--memory), or write another FORMAT, which needs 160 MiB.',
    }),
  )
})
