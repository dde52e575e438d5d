import { cp, mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Workspace } from './workspace.ts'

const OUTPUT = '.batchquery/store/batchquery-s3/output'
const ROWS =
  "SELECT i AS id, 'a\u001b[2J\"b, ü' || i AS name, CASE WHEN i > 0 THEN i * 12345678901234567890.10::DECIMAL(38,2) END AS amount, TIMESTAMP '2026-01-31 10:00:00.123456' AS moment, '\\xAA\\xBB'::BLOB AS bytes FROM range(3000) t(i)"
const AMOUNT = '12345678901234567890.10'

async function published(clauses: string, rows = ROWS): Promise<Workspace> {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(
    `${rows} INTO OUTFILE S3 's3://batchquery-s3/output/r' ${clauses}`,
  )
  expect(code, stderr).toBe(0)
  return workspace
}

async function printed(workspace: Workspace, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await workspace.run(['head', ...args, '-q'])
  expect(code, stderr).toBe(0)
  return stdout
}

const linesOf = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line.replaceAll(/":(-?\d+\.\d+)/g, '":"$1"')))

describe('head of a run', () => {
  test('a table has exact values and escaped control characters', async () => {
    const workspace = await published('FORMAT PARQUET COMPRESSION SNAPPY')
    expect(await printed(workspace, ['r1', '-n', '2'])).toBe(
      [
        `id  name              ${'amount'.padStart(23)}  moment                      bytes`,
        '--  ----------------  -----------------------  --------------------------  ------',
        ` 0  a\\u001b[2J"b, ü0  ${'NULL'.padStart(23)}  2026-01-31 10:00:00.123456  0xAABB`,
        ` 1  a\\u001b[2J"b, ü1  ${AMOUNT}  2026-01-31 10:00:00.123456  0xAABB`,
        '',
      ].join('\n'),
    )
  })

  test.each([
    ['FORMAT PARQUET', 'qrs='],
    ['FORMAT PARQUET COMPRESSION GZIP', 'qrs='],
    ['FORMAT JSON', 'qrs='],
    ['FORMAT JSON COMPRESSION GZIP', 'qrs='],
  ])('%s: JSON has all digits', async (clauses, bytes) => {
    const workspace = await published(clauses)
    expect(linesOf(await printed(workspace, ['last', '-n', '2', '--json']))[1]).toEqual({
      ...{ id: 1, name: 'a\u001b[2J"b, ü1', amount: AMOUNT },
      ...{ moment: '2026-01-31 10:00:00.123456', bytes },
    })
  })

  test.each([
    'FORMAT CSV HEADER',
    'FORMAT TEXT COMPRESSION GZIP',
    "FORMAT CSV HEADER FIELDS TERMINATED BY ';' ENCLOSED BY '''' LINES TERMINATED BY '\\r\\n'",
    "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '!' LINES STARTING BY '> '",
  ])('%s: the record says how the rows are written', async clauses => {
    const workspace = await published(clauses)
    const values = Object.values(linesOf(await printed(workspace, ['r1', '-n', '2', '--json']))[1] ?? {})
    expect(values.slice(0, 4)).toEqual(['1', 'a\u001b[2J"b, ü1', AMOUNT, '2026-01-31 10:00:00.123456'])
  })

  test('--part and --export choose, and rows come from several parts', async () => {
    const many = "SELECT i AS id, repeat('x', 1000) AS x FROM range(2500) t(i)"
    const second = "; SELECT 7 AS seven INTO OUTFILE S3 's3://batchquery-s3/output/z' FORMAT CSV"
    const workspace = await published(`FORMAT JSON MAXFILESIZE 1 MB${second}`, many)
    const both = await workspace.run(['head', 'r1'])
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('hint: Say which: --export N') })
    const rows = linesOf(await printed(workspace, ['r1', '--export', '1', '-n', '2400', '--json']))
    expect(rows).toHaveLength(2400)
    expect(rows.at(-1)).toMatchObject({ id: 2399 })
    const [ofSecond] = linesOf(await printed(workspace, ['r1', '--export', '1', '--part', '2', '--json']))
    expect(ofSecond).not.toMatchObject({ id: 0 })
    expect(await printed(workspace, ['r1', '--export', '2'])).toBe('column1\n-------\n7\n')
    const absent = await workspace.run(['head', 'r1', '--export', '1', '--part', '9'])
    expect(absent).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('hint: Write a number from 1 to '),
    })
  })

  test('a part that another program changed is refused', async () => {
    const workspace = await published('FORMAT CSV')
    await truncate(join(workspace.folder, OUTPUT, 'r.part_00000'), 100)
    const { code, stderr } = await workspace.run(['head', 'r1'])
    expect(code).toBe(6)
    expect(stderr).toContain('it has 100 bytes, and ')
  })
})

describe('head of an address', () => {
  test('delimited text is not guessed', async () => {
    const workspace = await published(
      "FORMAT CSV HEADER FIELDS TERMINATED BY ';' MANIFEST ON",
      'SELECT 1 AS a, 2 AS b',
    )
    const address = 's3://batchquery-s3/output/r'
    const failed = async (...args: string[]) => {
      const { code, stderr } = await workspace.run(['head', address, '-q', ...args])
      expect(code).toBeGreaterThan(0)
      return stderr
    }
    expect(await failed()).toContain('does not say which format it has\nhint: Add --format tsv')
    expect(await failed('--format', 'csv')).toContain('hint: Add --header or --no-header')
    expect(await failed('--format', 'csv', '--header')).toContain('one value with ";" in it')
    const told = ['--format', 'csv', '--header', '--fields-terminated-by', ';']
    for (const at of [address, `${address}.part_00000`, `${address}.manifest`, `./${OUTPUT}/r`])
      expect(await printed(workspace, [at, ...told])).toBe('a  b\n-  -\n1  2\n')
    expect(await workspace.run(['head', 'r1', '--format', 'csv'])).toMatchObject({ code: 2 })
  })

  test('the folders of a partitioned tree are columns', async () => {
    const workspace = await published('FORMAT PARQUET', 'SELECT 1 AS a')
    const tree = join(workspace.folder, 'tree')
    const folders = ['day=2026-01-01/c=a%2F%E3%82%A2 b', 'day=__HIVE_DEFAULT_PARTITION__/c=']
    for (const folder of folders) {
      await mkdir(join(tree, folder), { recursive: true })
      await cp(join(workspace.folder, OUTPUT, 'r.part_00000.parquet'), join(tree, folder, 'data.parquet'))
    }
    await writeFile(join(tree, '_SUCCESS'), '')
    expect(linesOf(await printed(workspace, ['./tree/', '--json']))).toEqual([
      { a: 1, day: '2026-01-01', c: 'a/ア b' },
      { a: 1, day: null, c: '' },
    ])
    expect(await printed(workspace, [`./tree/${folders[1]}`])).toBe('a  day   c\n-  ----  -\n1  NULL\n')
  })

  test('a damaged file, and an address with nothing, end with a hint', async () => {
    const workspace = await published('FORMAT PARQUET')
    const file = await readFile(join(workspace.folder, OUTPUT, 'r.part_00000.parquet'))
    await workspace.write('cut.parquet', file.subarray(0, file.length / 2).toString('latin1'))
    await workspace.write('text.csv.gz', 'no gzip')
    await workspace.write('wide.csv', 'a,b\n1\n')
    const codes = { './cut.parquet': 6, './wide.csv': 6, './nothing': 3 }
    for (const [address, code] of Object.entries(codes)) {
      const ended = await workspace.run(['head', address, '--header'])
      expect(ended).toMatchObject({ code, stderr: expect.stringContaining('\nhint: ') })
    }
  })
})

test('get --join joins compressed parts, and head reads the file', async () => {
  const workspace = await published(
    'FORMAT CSV HEADER COMPRESSION GZIP MAXFILESIZE 1 MB',
    "SELECT i AS id, repeat('x', 1000) AS x FROM range(2500) t(i)",
  )
  await workspace.run(['get', 'r1', '--join', 'all.csv.gz'])
  const joined = gunzipSync(await readFile(join(workspace.folder, 'all.csv.gz'))).toString()
  expect(joined.split('\n')).toHaveLength(2502)
  const rows = linesOf(await printed(workspace, ['./all.csv.gz', '--header', '-n', '2500', '--json']))
  expect(rows.at(-1)).toMatchObject({ id: '2499' })
})
