import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Workspace } from './workspace.ts'

const STORE = '.batchquery/store/batchquery-s3'
const PREFIX = 's3://batchquery-s3/output/r'
/** 30 rows on three days. */
const QUERY =
  "SELECT i AS id, DATE '2026-01-01' + (i % 3)::INTEGER AS day, i % 2 = 0 AS even FROM range(30) t(i)"
/** Values of every kind that no partition can have. */
const ODD = "SELECT 1 AS n, 2 AS n, 1.5::DOUBLE AS f, 'x'::BLOB AS b, '{}'::JSON AS j, 7 AS k"

const outputs = async (workspace: Workspace): Promise<readonly string[]> =>
  (await workspace.files(STORE)).filter(name => name.startsWith('output/'))

test.each<[query: string, clauses: string, message: string, hint: string]>([
  [
    QUERY,
    'PARTITION BY (month)',
    '"month", which the result does not have',
    'The columns are "id", "day", "even"',
  ],
  [QUERY, 'PARTITION BY (id, day, even)', 'INCLUDE', 'INCLUDE'],
  [QUERY, 'PARTITION BY (id) MAXPARTITIONS 29', 'MAXPARTITIONS', 'MAXPARTITIONS'],
  [ODD, 'PARTITION BY (n)', '"n"', 'AS'],
  [ODD, 'PARTITION BY (f)', '"f"', ''],
  [ODD, 'PARTITION BY (b)', '"b"', ''],
  [ODD, 'PARTITION BY (j)', '"j"', ''],
  ["SELECT 1 AS a, '__HIVE_DEFAULT_PARTITION__' AS p", 'PARTITION BY (p)', '__HIVE_DEFAULT_PARTITION__', ''],
  [`SELECT 1 AS a, repeat('x', 254) AS p`, 'PARTITION BY (p)', '"p"', ''],
  ["SELECT 1 AS a, unnest(['a', 'A']) AS p", 'PARTITION BY (p)', 'differ only in case', ''],
  [QUERY, 'SINGLE ON PARTITION BY (day)', 'SINGLE ON and PARTITION BY', 'Leave one of the clauses out'],
  [QUERY, 'SINGLE ON MAXFILESIZE 5 MB', 'SINGLE ON and MAXFILESIZE', 'Leave one of the clauses out'],
  [QUERY, "SINGLE ON EXTENSION 'csv'", 'SINGLE ON and EXTENSION', `'${PREFIX}.csv'`],
  [QUERY, 'OVERWRITE PARTITIONS', 'OVERWRITE PARTITIONS without PARTITION BY', 'Write OVERWRITE ON'],
  [QUERY, 'MAXPARTITIONS 7', 'MAXPARTITIONS without PARTITION BY', 'Add PARTITION BY'],
  [QUERY, 'BOM ON', 'FORMAT TEXT has no BOM', 'Remove the clause'],
  [QUERY, 'FORMAT JSON BOM ON', 'FORMAT JSON has no BOM', 'Remove the clause'],
])('%s with %s fails, and leaves nothing at its destination', async (query, clauses, message, hint) => {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(`${query} INTO OUTFILE S3 '${PREFIX}' ${clauses};\n`)
  expect(code, stderr).toBe(1)
  expect(stderr).toContain(message)
  expect(stderr).toContain(`hint: `)
  expect(stderr).toContain(hint)
  expect(await workspace.files(STORE)).not.toContainEqual(expect.stringMatching(/^output\/|staging|spill/))
})

test('query --to makes a folder for each value with --partition-by', async () => {
  const workspace = await Workspace.create()
  const to = ['--to', `${PREFIX}.csv`, '--partition-by', 'day, even INCLUDE']
  const days = [1, 2, 3].flatMap(day => ['false', 'true'].map(even => `day=2026-01-0${day}/even=${even}`))
  const keys = days.map(path => `output/r.csv/${path}/part_00000`)
  expect((await workspace.run(['query', QUERY, ...to])).code).toBe(0)
  expect(await outputs(workspace)).toEqual(keys)
  expect((await workspace.run(['query', QUERY, ...to])).code).toBe(5)
  const one = `SELECT * FROM (${QUERY}) WHERE day = DATE '2026-01-02' AND even`
  const replaced = await workspace.run(['query', one, ...to, '--overwrite-partitions', '--manifest'])
  expect(replaced.code, replaced.stderr).toBe(0)
  expect(await outputs(workspace)).toEqual(['output/r.csv.manifest', ...keys])
  const read = `SELECT day, even, count(*) FROM read_csv('${STORE}/output/r.csv/*/*/*', hive_partitioning = true) GROUP BY ALL ORDER BY ALL`
  const rows = (await workspace.run(['query', read, '--format', 'csv', '--no-header'])).stdout
  expect(rows.split('\n')).toHaveLength(7)
  expect(rows).toContain('2026-01-02,true,5\n')
})

test('query --to ends the names of parts with --extension, and counts partitions with --max-partitions', async () => {
  const workspace = await Workspace.create()
  const to = ['--to', './r', '--format', 'csv', '--partition-by', 'day', '--extension', '.csv']
  const refused = await workspace.run(['query', QUERY, ...to, '--max-partitions', '2'])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('would be partition 3, and MAXPARTITIONS is 2')
  const results = async () => (await workspace.files('.')).filter(name => name.startsWith('r'))
  expect(await results()).toEqual([])
  const ended = await workspace.run(['query', QUERY, ...to, '--max-partitions', '3'])
  expect(ended.code, ended.stderr).toBe(0)
  expect(ended.stderr).toContain('exports csv to ./r/COLUMN=VALUE/part_00000.csv and so on\n')
  expect(await results()).toEqual([1, 2, 3].map(day => `r/day=2026-01-0${day}/part_00000.csv`))
})

test('query --to writes exactly its file with --single', async () => {
  const workspace = await Workspace.create()
  const sql = "SELECT 'Müller' AS name, '007' AS code"
  const { code, stderr } = await workspace.run(['query', sql, '--to', './people.csv', '--single', '--bom'])
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('exports csv, as the name says, to ./people.csv\n')
  const bytes = await readFile(join(workspace.folder, 'people.csv'), 'utf8')
  expect(bytes).toBe('\ufeffname,code\nMüller,007\n')
  expect((await workspace.files('.')).filter(name => name.startsWith('people'))).toEqual(['people.csv'])
})

test.each<[args: string[], message: string, hint: string]>([
  [['--partition-by', 'day'], '--partition-by needs --to', 'Add the destination'],
  [['--overwrite-partitions'], '--overwrite-partitions needs --to', 'Add the destination'],
  [['--single'], '--single needs --to', 'Add the destination'],
  [['--bom'], '--bom needs --to', 'Add the destination'],
  [['--extension', 'csv'], '--extension needs --to', 'Add the destination'],
  [['--max-partitions', '9'], '--max-partitions needs --to', 'Add the destination'],
  [['--to', './r', '--max-partitions', '0'], '--max-partitions "0" is not a number', '1 to 1000000'],
  [['--to', './r', '--max-partitions', '1e3'], '--max-partitions "1e3" is not a number', '1 to 1000000'],
  [['--to', './r', '--extension', 'a/b'], '--extension "a/b" is not an extension', 'letters and digits'],
  [['--to', './r', '--extension', 'gz'], '--extension "gz" is not an extension', '.gz or .zst'],
  [['--to', './r', '--partition-by', ''], 'expected the name of a column', 'Write column, ... [INCLUDE]'],
  [['--to', './r', '--partition-by', '(day)'], 'expected the name of a column', 'Write column, ...'],
  [['--to', './r', '--partition-by', 'day) OVERWRITE ON ('], 'found ")"', 'Write column, ...'],
  [['--to', './r', '--overwrite', '--overwrite-partitions'], '--overwrite', ''],
])('query %j is refused, and leaves nothing', async (args, message, hint) => {
  const workspace = await Workspace.create()
  const { code, stderr, stdout } = await workspace.run(['query', QUERY, ...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).toContain(hint)
  expect(await workspace.files('.')).toEqual([])
})
