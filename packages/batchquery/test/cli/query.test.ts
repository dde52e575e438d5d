import { gunzipSync } from 'node:zlib'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { duckdb, inShell, mariadb, postgres, query } from './query-databases.ts'
import { PROGRAM, Workspace } from './workspace.ts'

const DATABASES = [
  {
    dialect: 'duckdb',
    connect: duckdb,
    sql: `SELECT 9007199254740993::BIGINT AS big, 7 AS i, 1.50::DECIMAL(5, 2) AS d, 0.1::DOUBLE AS f, 'inf'::DOUBLE AS g,
      true AS b, '\\xAA'::BLOB AS raw, E'tab\\t lf\\n cr\\r "q" ''q'' , \\\\ é 🎼' AS s, '\\N' AS n, '' AS e, NULL AS z, '\\.' AS "the end"`,
    binary: '\\xaa',
    binaryTsv: '\\\\xAA',
    escapedReturn: '\r',
    boolean: ['true', 'true'],
    infinity: 'inf',
  },
  {
    dialect: 'mariadb',
    connect: mariadb,
    sql: `SELECT 9007199254740993 AS big, 7 AS i, 1.50 AS d, 0.1e0 AS f, NULL AS g,
      1 AS b, X'AA' AS raw, CONVERT('tab\\t lf\\n cr\\r "q" ''q'' , \\\\ é 🎼' USING utf8mb4) AS s, '\\\\N' AS n, '' AS e, NULL AS z, '\\\\.' AS \`the end\``,
    binary: '0xAA',
    binaryTsv: '\ufffd',
    escapedReturn: '\r',
    boolean: ['1', '1'],
    infinity: null,
  },
  {
    dialect: 'postgres',
    connect: postgres,
    sql: `SELECT 9007199254740993 AS big, 7 AS i, 1.50 AS d, 0.1::float8 AS f, 'Infinity'::float8 AS g,
      true AS b, '\\xAA'::bytea AS raw, E'tab\\t lf\\n cr\\r "q" ''q'' , \\\\ é 🎼' AS s, '\\N' AS n, '' AS e, NULL AS z, '\\.' AS "the end"`,
    binary: '\\xaa',
    binaryTsv: '\\\\xaa',
    escapedReturn: '\\r',
    boolean: ['t', 'true'],
    infinity: 'Infinity',
  },
] as const

test.each(DATABASES)('$dialect: query prints the exact bytes of every format', async database => {
  const { connect, sql, binary, binaryTsv, escapedReturn, boolean, infinity } = database
  const environment = await connect()
  const inFormat = async (...args: string[]) => {
    // JSON has no infinity.
    const finite = args.includes('--json') ? sql.replace(/'inf\w*'::\w+/i, 'NULL') : sql
    const { code, stdout, stderr } = await query(finite, args, environment)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }
  const names = ['big', 'i', 'd', 'f', 'g', 'b', 'raw', 's', 'n', 'e', 'z', 'the end']
  const before = ['9007199254740993', '7', '1.50', '0.1']
  const text = 'tab\t lf\n cr\r "q" \'q\' , \\ é 🎼'

  const tsvText = `tab\\\t lf\\\n cr${escapedReturn} "q" 'q' , \\\\ é 🎼`
  const tsv = [...before, infinity ?? '\\N', boolean[0], binaryTsv, tsvText, '\\\\N', '', '\\N', '\\\\.']
  const expectedTsv =
    database.dialect === 'postgres'
      ? tsv.join('\t').replace('\\\t ', '\\t ').replace('\\\n', '\\n')
      : tsv.join('\t')
  expect(await inFormat()).toBe(`${names.join('\t')}\n${expectedTsv}\n`)

  const csvText = `"${text.replaceAll('"', '""')}"`
  const csv = [...before, infinity ?? '', boolean[0], '\\xaa', csvText, '\\N', '""', '', '\\.']
  expect(await inFormat('--format', 'csv')).toBe(`${names.join(',')}\n${csv.join(',')}\n`)
  expect(await inFormat('--format', 'csv', '--no-header')).toBe(`${csv.join(',')}\n`)

  const values = [...before, 'null', boolean[1], '"qg=="']
  const strings = [text, '\\N', '', null, '\\.'].map(value => JSON.stringify(value))
  const members = [...values, ...strings].map((value, at) => `${JSON.stringify(names[at])}:${value}`)
  expect(await inFormat('--json')).toBe(`{${members.join(',')}}\n`)

  const [heading, rule, row, ...rest] = (await inFormat('--format', 'table')).split('\n')
  expect(heading.trim().split(/ {2,}/)).toEqual(names.map(name => name.trim()).filter(name => name !== ''))
  expect(rule).toMatch(/^-[- ]+-$/)
  expect(row).toContain(
    `${before
      .slice(0, 3)
      .map((value, at) => value.padStart(names[at].length))
      .join('  ')}`,
  )
  expect(row).toContain(`${binary.padEnd(4)}  tab\\t lf\\n cr\\r "q" 'q' , \\ é 🎼  \\N`)
  expect(rest).toEqual([''])
})

test('MariaDB: query prints text of any character set as UTF-8, and BIT as bytes', async () => {
  const environment = await mariadb()
  const sql = `CREATE TABLE t (l VARCHAR(9) CHARACTER SET latin1, u VARCHAR(9) CHARACTER SET utf16, b BIT(8), y YEAR, at DATETIME, j JSON);
    INSERT INTO t VALUES ('Zürich', '日本', 9, 2026, '2026-11-23 02:15:45', '{"a": 1}');
    SELECT * FROM t`
  const { code, stdout, stderr } = await query(sql, ['--json'], environment)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '0 rows changed\n1 row changed\n' })
  expect(stdout).toBe(
    '{"l":"Zürich","u":"日本","b":"CQ==","y":2026,"at":"2026-11-23 02:15:45","j":{"a": 1}}\n',
  )
})

test('query prints a table when stdout is a terminal', async () => {
  const workspace = await Workspace.create()
  // `script`, of Debian's essential bsdutils, runs a command on its own terminal.
  const command = `'${process.execPath}' '${PROGRAM}' query -q 'SELECT 12 AS a, NULL AS b'`
  const { stdout } = await execa('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: workspace.folder,
    stripFinalNewline: false,
  })
  expect(stdout.replaceAll('\r', '')).toBe(' a     b\n--  ----\n12  NULL\n')
})

test('query stops its statement and ends with exit code 8 when the timeout is over', async () => {
  const ended = await query('SELECT SLEEP(1000)', ['--timeout', '1s'], await mariadb())
  expect(ended).toMatchObject({ code: 8, stderr: expect.stringContaining('its timeout of 1 s') })
})

test('query runs several statements in one session and reports those without rows on stderr', async () => {
  const sql = `CREATE TEMPORARY TABLE t (a INT); INSERT INTO t VALUES (1), (2), (3); SELECT 1 INTO @x;
    CREATE PROCEDURE p() BEGIN SELECT 'first' AS r; SELECT 'second' AS r; END;
    CALL p(); SELECT a, @x AS x FROM t; UPDATE t SET a = 9 WHERE a = 1`
  const { code, stdout, stderr } = await query(sql, [], await mariadb())
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'r\nfirst\nr\nsecond\na\tx\n1\t1\n2\t1\n3\t1\n' })
  expect(stderr.split('\n').filter(line => line !== '')).toEqual([
    '0 rows changed',
    '3 rows changed',
    expect.stringMatching(/changed$/),
    '0 rows changed',
    '1 row changed',
  ])
})

test('PostgreSQL: query prints the rows of INSERT ... RETURNING, of a WITH that changes rows, and of SHOW', async () => {
  const sql = `CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2) RETURNING a, NULL AS n;
    WITH gone AS (DELETE FROM t WHERE a = 1 RETURNING a) SELECT a FROM gone;
    SHOW standard_conforming_strings; SELECT a INTO u FROM t; TABLE u`
  const { code, stdout, stderr } = await query(sql, ['--format', 'csv'], await postgres())
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'a,n\n1,\n2,\na\n1\nstandard_conforming_strings\non\na\n2\n',
  })
  expect(stderr).toBe('done\n1 row changed\n')
})

test('query reads stdin with parameters and directives when its operand is -', async () => {
  const workspace = await Workspace.create()
  await workspace.write('in.sql', "-- @param who text = world\nSELECT :who AS who, :n + 1 AS n -- é; '\n")
  const ended = await workspace.run(['query', '-', '--json', '-p', "who=it's \\ me", '-p', 'n=41', '-q'], {
    under: inShell('"$@" < in.sql'),
  })
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('statement 1 (line 2)') })
  await workspace.write('in.sql', '-- @param n int\nSELECT :who AS who, :n + 1 AS n')
  expect(
    await workspace.run(['query', '-', '--json', '-p', "who=it's \\ me", '-p', 'n=41', '-q'], {
      under: inShell('"$@" < in.sql'),
    }),
  ).toEqual({ code: 0, stdout: '{"who":"it\'s \\\\ me","n":42}\n', stderr: '' })
})

test.each([
  [['SELECT 1; SELECT nope'], 1, 'statement 2 (line 1)'],
  [[' ; -- nothing'], 1, 'no statement'],
  [["SELECT 1 INTO OUTFILE S3 's3://b/k'"], 2, 'statement 1 (line 1) is an export'],
  [['SELECT 1 AS a, 2 AS a', '--format', 'json'], 1, 'two columns of the result are named "a"'],
  [["SELECT 'nan'::DOUBLE AS a", '--format', 'json'], 1, 'the value "nan" is not a number in JSON'],
  [['SELECT 1', '--json', '--format', 'csv'], 2, '--json means --format json'],
  [['SELECT 1', '--format', 'xml'], 2, 'xml'],
  [['SELECT 1', '--overwrite'], 2, '--overwrite needs --to'],
  [['SELECT 1', '--to', './out/r', '--format', 'table'], 2, '--to cannot export --format table'],
  [['DROP TABLE t', '--to', './out/r'], 2, 'is not a query'],
  [['SELECT 1', '--to', './r.csv', '--format', 'tsv'], 2, '--to "./r.csv" means csv, but --format is tsv'],
  [['SELECT 1', '--to', './r.tsv.gz', '--format', 'csv'], 2, '--to "./r.tsv.gz" means tsv'],
  [
    ['SELECT 1', '--to', './r.jsonl', '--format', 'csv'],
    2,
    '--to "./r.jsonl" means json, but --format is csv',
  ],
  [["SELECT error('halfway') FROM range(10)"], 1, 'halfway'],
] as const)('query %j ends with exit code %i', async (args, code, message) => {
  const workspace = await Workspace.create()
  const ended = await workspace.run(['query', ...args, '-q'])
  expect(ended).toMatchObject({ code, stderr: expect.stringMatching(/^error: /) })
  expect(ended.stderr).toContain(message)
})

test('query prints the error as the last line when --json is given', async () => {
  const { code, stdout } = await query('SELECT 1 AS a; SELECT nope', ['--json'], await duckdb())
  expect(code).toBe(1)
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line)),
  ).toEqual([{ a: 1 }, { error: expect.objectContaining({ code: 'QUERY_FAILED' }) }])
})

test.each(DATABASES)(
  '$dialect: query exports the bytes that stdout would get when --to is given',
  async ({ connect }) => {
    const environment = await connect()
    const sql = "CREATE TEMPORARY TABLE t AS SELECT 'é' AS s, 1 AS i; SELECT s, i, NULL AS n FROM t -- all"
    for (const format of ['tsv', 'csv', 'json']) {
      const part = `output/r.part_00000${format === 'json' ? '.json' : ''}`
      const workspace = await Workspace.create()
      const args = [sql, '--format', format]
      const printed = await workspace.run(['query', ...args], { environment })
      const to = ['--to', 's3://batchquery-s3/output/r', '--manifest']
      const exported = await workspace.run(['query', ...args, ...to], { environment })
      expect(exported, exported.stderr).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          /^s3:\/\/batchquery-s3\/output\/r\.part_00000(\.json)?\t1 row\t\d+ bytes\n$/,
        ),
      })
      expect(await workspace.readObject(part)).toBe(printed.stdout)
      expect(JSON.parse(await workspace.readObject('output/r.manifest'))).toMatchObject({
        entries: [{ url: `s3://batchquery-s3/${part}` }],
      })
      expect(await workspace.run(['query', ...args, ...to], { environment })).toMatchObject({ code: 5 })
      const again = await workspace.run(['query', ...args, ...to, '--overwrite', '--json'], { environment })
      expect(JSON.parse(again.stdout)).toMatchObject({ state: 'SUCCEEDED', exports: [{ rows: 1 }] })
    }
  },
)

test.each<[to: string, args: string[], file: string, message: string, text: string]>([
  ['five.csv', [], 'five.csv.part_00000', 'csv, as the name says, to five.csv.part_00000', 'a,b\n1,\n'],
  ['five.csv', ['--format', 'csv'], 'five.csv.part_00000', 'csv to five.csv.part_00000', 'a,b\n1,\n'],
  ['five.tsv', [], 'five.tsv.part_00000', 'tsv, as the name says, to five.tsv.part_00000', 'a\tb\n1\t\\N\n'],
  ['five', [], 'five.part_00000', 'tsv to five.part_00000', 'a\tb\n1\t\\N\n'],
  ['five.txt', ['--format', 'csv'], 'five.txt.part_00000', 'csv to five.txt.part_00000', 'a,b\n1,\n'],
  ...['five.json', 'five.jsonl', 'five.ndjson'].map((to): [string, string[], string, string, string] => [
    to,
    [],
    `${to}.part_00000.json`,
    `json, as the name says, to ${to}.part_00000.json`,
    '{"a":1,"b":null}\n',
  ]),
  [
    'five.json.gz',
    [],
    'five.json.gz.part_00000.json.gz',
    'json, GZIP, as the name says, to five.json.gz.part_00000.json.gz',
    '{"a":1,"b":null}\n',
  ],
  [
    'five.csv.gz',
    [],
    'five.csv.gz.part_00000.gz',
    'csv, GZIP, as the name says, to five.csv.gz.part_00000.gz',
    'a,b\n1,\n',
  ],
])(
  'query --to %s %j names its files and writes the format of the name',
  async (to, args, file, message, text) => {
    const workspace = await Workspace.create()
    const { code, stderr } = await workspace.run(['query', 'SELECT 1 AS a, NULL AS b', '--to', to, ...args])
    expect(code, stderr).toBe(0)
    expect(stderr).toContain(`\nexports ${message} and so on\n`)
    const bytes = await workspace.readBytes(file)
    expect((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()).toBe(text)
  },
)
