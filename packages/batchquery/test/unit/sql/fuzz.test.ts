import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { nameOfType, type RequestedType, TYPE_NAMES, typeNamed } from '../../../src/format/index.ts'
import { auroraExport } from '../../../src/sql/dialects/mysql/aurora-export.ts'
import {
  type Dialect,
  type ExportStatement,
  headerComments,
  type Parallel,
  type PartitionBy,
  parseExport,
  splitStatements,
  statementKeyword,
  writeIdentifier,
} from '../../../src/sql/index.ts'
import { cases } from '../../setup/chance.ts'
import { DIALECTS, tokenize } from './tokens.ts'

const PIECES = (
  `' " \` $ $$ $t$ E' e'\\' U&" X' N' _utf8mb4' \\ \\' '' -- --x # /* */ /*! /*!50003 /*M! : :: := :a [ ] { } ( ) , ; ;; ` +
  `. @ @@ @x @\` a b1 1 0x 1.5e- * / + - BEGIN END CASE IF THEN ELSE LOOP REPEAT DO ATOMIC NOT CREATE PROCEDURE ` +
  `FUNCTION DELIMITER // INTO OUTFILE S3 SELECT WITH FROM FIELDS LINES TERMINATED ENCLOSED BY FORMAT CSV HEADER ` +
  `OVERWRITE ON TYPES INVALID DATES AS INT32 DECIMAL NULL MAXFILESIZE MB ENCRYPTION SSE_KMS 's3://b/p' ',' é 😀 \ufeff \u00a0`
).split(' ')

const soup = fc
  .array(fc.tuple(fc.constantFrom(...PIECES), fc.constantFrom('', ' ', '\n', '\r\n')), { maxLength: 40 })
  .map(parts => parts.flat().join(''))
const dialects = fc.constantFrom(...DIALECTS)

/** Null if the work throws an expected error: SQL_SYNTAX or UNSUPPORTED_CLAUSE, in one line. */
const attempt = <Result>(work: () => Result): Result | null => {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof BatchQueryError)) throw error
    expect(['SQL_SYNTAX', 'UNSUPPORTED_CLAUSE']).toContain(error.code)
    expect(error.message).toMatch(/^line \d+, column \d+: .+$/)
    expect(error.hint).toBeTruthy()
    return null
  }
}

const everything = (sql: string, dialect: Dialect): void => {
  attempt(() => headerComments(sql, dialect))
  attempt(() => statementKeyword(sql, dialect))
  for (const statement of attempt(() => splitStatements(sql, dialect)) ?? []) {
    attempt(() => parseExport(statement, dialect))
  }
}

const isSpace = (text: string): boolean => /^[\s\ufeff\u200b\u2060]*$/.test(text)

describe('any text', () => {
  it('is lexed into tokens with nothing but space between, or refused', () => {
    let tokens = 0
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), dialects, (sql, dialect) => {
        let end = 0
        for (const token of attempt(() => tokenize(sql, dialect)) ?? []) {
          expect(isSpace(sql.slice(end, token.start))).toBe(true)
          expect(token.end).toBeGreaterThan(token.start)
          end = token.end
          tokens++
        }
      }),
      { numRuns: cases(2000) },
    )
    expect(tokens).toBeGreaterThan(cases(1000))
  })

  it('is split without loss: only delimiters, space and comments are between statements', () => {
    let split = 0
    fc.assert(
      fc.property(soup, dialects, (sql, dialect) => {
        const text = sql.replaceAll('DELIMITER', '')
        const statements = attempt(() => splitStatements(text, dialect))
        if (statements === null) return
        if (statements.length > 1) split++
        let end = 0
        const gaps: string[] = []
        for (const statement of statements) {
          expect(text.startsWith(statement.text, statement.start)).toBe(true)
          gaps.push(text.slice(end, statement.start))
          end = statement.start + statement.text.length
        }
        for (const gap of [...gaps, text.slice(end)]) {
          expect(
            tokenize(gap, dialect).every(({ kind }) => ['delimiter', 'comment', 'executable'].includes(kind)),
          ).toBe(true)
        }
      }),
      { numRuns: cases(2000) },
    )
    expect(split).toBeGreaterThan(10)
  })

  it('is refused only with a BatchQueryError', () => {
    fc.assert(
      fc.property(soup, dialects, (sql, dialect) => everything(sql, dialect)),
      { numRuns: cases(2000) },
    )
  })
})

const CLAUSE =
  `SELECT 'a''b', E'\\n', t.x::int, :p /* c */ INTO OUTFILE S3 's3://b/p' CHARACTER SET utf8mb4 FORMAT CSV HEADER ` +
  `FIELDS TERMINATED BY '\\t' OPTIONALLY ENCLOSED BY "\\"" ESCAPED BY '\\\\' LINES TERMINATED BY _utf8mb4 X'0A' ` +
  `MANIFEST ON TYPES (a AS INT32 NOT NULL, "b" AS DECIMAL(10,2)) OVERWRITE OFF ENCRYPTION SSE_KMS 'k' INVALID DATES NULL COMPRESSION GZIP MAXFILESIZE 6.2 GB -- c\nFROM t FOR UPDATE;`

it('the parser survives every prefix and every suffix of a statement', () => {
  const routine =
    'CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT CASE 1 WHEN 2 THEN 3 END; END IF; END;\nDELIMITER //\n;//'
  for (const dialect of DIALECTS) {
    for (const sql of [CLAUSE, routine]) {
      for (let offset = 0; offset <= sql.length; offset++) {
        everything(sql.slice(0, offset), dialect)
        everything(sql.slice(offset), dialect)
      }
    }
  }
})

const quoted = (bytes: Uint8Array | string): string => {
  if (typeof bytes !== 'string') return `X'${Buffer.from(bytes).toString('hex')}'`
  return `'${bytes.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
const clause = <Value>(value: Value | null, write: (value: Value) => string): string[] =>
  value === null ? [] : [write(value)]

const typeText = ({ column, type, isRequired }: RequestedType, dialect: Dialect): string =>
  `${writeIdentifier([column], dialect)} as ${nameOfType(type)}${isRequired ? ' NOT NULL' : ''}`

const partitionText = ({ columns, include }: PartitionBy, dialect: Dialect): string =>
  `partition BY (${columns.map(column => writeIdentifier([column], dialect)).join(',')})${include ? ' include' : ''}`

const parallelText = ({ readers, by, consistency }: Parallel, dialect: Dialect): string =>
  [
    `parallel ${readers}`,
    ...clause(by, columns => `by (${columns.map(column => writeIdentifier([column], dialect)).join(', ')})`),
    `Consistency ${consistency}`,
  ].join(' ')

/** The clauses of a statement, in one of their spellings. */
const clausesOf = (statement: Omit<ExportStatement, 'at'>, dialect: Dialect): string[] => {
  const { fields, lines, encryption } = statement
  const fieldClauses = [
    ...clause(
      fields.enclosedBy,
      by => `${fields.optionallyEnclosed ? 'OPTIONALLY ' : ''}ENCLOSED BY ${quoted(by)}`,
    ),
    ...clause(fields.terminatedBy, by => `TERMINATED BY ${quoted(by)}`),
    ...clause(fields.escapedBy, by => `ESCAPED BY ${quoted(by)}`),
  ]
  const lineClauses = [
    ...clause(lines.terminatedBy, by => `terminated by ${quoted(by)}`),
    ...clause(lines.startingBy, by => `starting by ${quoted(by)}`),
  ]
  const key =
    encryption?.kind === 'SSE_KMS' && encryption.keyId !== null ? ` ${quoted(encryption.keyId)}` : ''
  return [
    ...clause(statement.characterSet, name => `CHARACTER SET ${name}`),
    `FORMAT ${statement.format}${statement.header ? ' HEADER' : ''}`,
    ...(fieldClauses.length > 0 ? [`COLUMNS ${fieldClauses.join('\n')}`] : []),
    ...(lineClauses.length > 0 ? [`lines ${lineClauses.join(' ')}`] : []),
    `MANIFEST ${statement.manifest}`,
    `overwrite ${statement.overwrite.toLowerCase()}`,
    ...clause(statement.partitionBy, by => partitionText(by, dialect)),
    ...clause(statement.maxPartitions, count => `MAXPARTITIONS ${count}`),
    ...clause(statement.parallel, parallel => parallelText(parallel, dialect)),
    `single ${statement.single ? 'ON' : 'off'}`,
    ...clause(statement.extension, extension => `EXTENSION ${quoted(extension)}`),
    `BOM ${statement.bom ? 'on' : 'off'}`,
    ...clause(encryption, ({ kind }) => `ENCRYPTION ${kind}${key}`),
    ...clause(statement.compression, name => `COMPRESSION ${name}`),
    ...clause(statement.rowGroupSize, size => `RowGroupSize ${size / 2 ** 20} MB`),
    ...clause(
      statement.types.length > 0 ? statement.types : null,
      types => `types (${types.map(type => typeText(type, dialect)).join(' , ')})`,
    ),
    ...clause(statement.invalidDates, word => `invalid dates ${word}`),
    ...clause(statement.maxFileSize, size => `MAXFILESIZE ${size / 2 ** 20} MB`),
  ]
}

const bytes = fc.uint8Array({ maxLength: 4 }).map(value => Buffer.from(value))
const byte = fc.uint8Array({ maxLength: 1 }).map(value => Buffer.from(value))
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const decimals = fc.integer({ min: 1, max: 38 }).chain(precision =>
  fc.record({
    kind: fc.constant('decimal'),
    precision: fc.constant(precision),
    scale: fc.integer({ min: 0, max: precision }),
  }),
)
const plainTypes = TYPE_NAMES.flatMap(name => (name === 'DECIMAL' ? [] : [typeNamed(name)]))
const statements: fc.Arbitrary<Omit<ExportStatement, 'at'>> = fc.record({
  query: fc.constantFrom(
    'SELECT 1 ',
    'SELECT \'x;\', `"a"` ',
    '(SELECT 1) -- c\n',
    'WITH a AS (SELECT 2) SELECT * FROM a/**/',
  ),
  destination: text,
  characterSet: fc.option(fc.constantFrom('utf8mb4', 'binary', 'latin1')),
  format: fc.constantFrom('CSV', 'PARQUET', 'TEXT'),
  header: fc.boolean(),
  fields: fc
    .record({
      terminatedBy: fc.option(bytes),
      enclosedBy: fc.option(byte),
      optionallyEnclosed: fc.boolean(),
      escapedBy: fc.option(byte),
    })
    .filter(({ terminatedBy, enclosedBy }) => terminatedBy?.length !== 0 || Boolean(enclosedBy?.length))
    .map(fields => ({
      ...fields,
      optionallyEnclosed: fields.optionallyEnclosed && fields.enclosedBy !== null,
    })),
  lines: fc.record({ startingBy: fc.option(bytes), terminatedBy: fc.option(bytes) }),
  manifest: fc.constantFrom('ON', 'VERBOSE', 'OFF'),
  overwrite: fc.constantFrom('ON', 'PARTITIONS', 'OFF'),
  partitionBy: fc.option(
    fc.record({ columns: fc.uniqueArray(text, { minLength: 1, maxLength: 3 }), include: fc.boolean() }),
  ),
  maxPartitions: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
  single: fc.boolean(),
  parallel: fc.option(
    fc.record({
      readers: fc.integer({ min: 1, max: 64 }),
      by: fc.option(fc.uniqueArray(text, { minLength: 1, maxLength: 3 })),
      consistency: fc.constantFrom('SNAPSHOT', 'NONE'),
    }),
  ),
  extension: fc.option(fc.constantFrom('csv', 'tsv', 'a.b_c-d', 'X9')),
  bom: fc.boolean(),
  encryption: fc.option(
    fc.oneof(
      fc.record({ kind: fc.constantFrom('ON', 'OFF', 'SSE_S3') }),
      fc.record({ kind: fc.constant('SSE_KMS'), keyId: fc.option(text) }),
    ),
  ),
  compression: fc.option(fc.constantFrom('NONE', 'GZIP', 'ZSTD', 'SNAPPY')),
  rowGroupSize: fc.option(fc.integer({ min: 4, max: 512 }).map(megabytes => megabytes * 2 ** 20)),
  types: fc.uniqueArray(
    fc.record({
      column: text,
      type: fc.oneof(decimals, fc.constantFrom(...plainTypes)),
      isRequired: fc.boolean(),
    }),
    { selector: ({ column }) => column, maxLength: 3 },
  ),
  invalidDates: fc.option(fc.constantFrom('NULL', 'ERROR')),
  maxFileSize: fc.option(fc.integer({ min: 1, max: 5 * 2 ** 20 }).map(megabytes => megabytes * 2 ** 20)),
})

it('the parser reads back the written clauses in any order', () => {
  const inOrder = fc.tuple(statements, dialects).chain(([statement, dialect]) => {
    const clauses = clausesOf(statement, dialect)
    const shuffled = fc.shuffledSubarray(clauses, { minLength: clauses.length })
    const rest = fc.constantFrom('', ' FROM t', '\nFOR UPDATE')
    return fc.tuple(fc.constant(statement), shuffled, rest, fc.constant(dialect))
  })
  fc.assert(
    fc.property(inOrder, ([expected, clauses, rest, dialect]) => {
      const into = `INTO OUTFILE S3 ${quoted(expected.destination)} ${clauses.join(' /* c */ ')}`
      const sql = `SELECT 0;\n${expected.query}${into}${rest};`
      const [, statement, ...others] = splitStatements(sql, dialect)
      if (statement === undefined) throw new Error('the statement is lost')
      expect(others).toEqual([])
      expect(parseExport(statement, dialect)).toEqual({
        ...expected,
        query: expected.query + rest,
        at: expected.query.length,
      })
    }),
    { numRuns: cases(1000) },
  )
})

it("Aurora's own statement means the same as the task's", () => {
  const uris = fc.stringMatching(/^s3:\/\/bucket\/[ -[\]-~]{1,20}$/)
  const rests = fc.constantFrom('', ' FROM t', '\nFOR UPDATE')
  fc.assert(
    fc.property(statements, uris, rests, fc.boolean(), (written, destination, rest, overwrite) => {
      const sizes = { compression: null, maxFileSize: null, rowGroupSize: null }
      const own = { format: 'TEXT', header: false, manifest: 'ON', ...sizes } as const
      const keyId = 'alias/of-a-key'
      const encryption =
        written.encryption?.kind === 'SSE_KMS' ? { ...written.encryption, keyId } : written.encryption
      const query = written.query + rest
      const statement = { ...written, ...own, query, at: written.query.length, destination, encryption }
      const [read] = splitStatements(auroraExport(statement, destination, overwrite), 'mysql')
      const again = read === undefined ? null : parseExport(read, 'mysql')
      expect(again).toMatchObject({ ...own, destination, overwrite: overwrite ? 'ON' : 'OFF', encryption })
      expect(again).toMatchObject({ fields: written.fields, lines: written.lines })
      expect(`${again?.query} `.replaceAll(/\s+/g, ' ')).toBe(`${query} `.replaceAll(/\s+/g, ' '))
    }),
    { numRuns: cases(1000) },
  )
})
