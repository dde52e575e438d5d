import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Workspace } from './workspace.ts'

/** About 80 MB in an order that no partition has. Less than half of that waits in memory. */
const ROWS = "SELECT i % 97 AS p, repeat('x', 200) || i AS v FROM range(400000) t(i)"
const TASK = `${ROWS} INTO OUTFILE S3 's3://batchquery-s3/output/r' PARTITION BY (p);\n`
/** No file may have more than 40 MiB. The write then fails as one to a full disk does, without root. */
const LIMITED = ['bash', '-c', 'ulimit -f 40960; exec "$@"', 'bash']

async function run(under: readonly string[]) {
  const workspace = await Workspace.create()
  const TMPDIR = join(workspace.folder, 'temporary')
  await mkdir(TMPDIR)
  const environment = { TMPDIR, BATCHQUERY_DATABASE: 'duckdb::memory:' }
  const ended = await workspace.runSql(TASK, [], { environment, under })
  const stored = await workspace.files('.batchquery/store/batchquery-s3')
  const results = stored.filter(name => /^output\/|staging/.test(name))
  return { ...ended, TMPDIR, results, remaining: await readdir(TMPDIR) }
}

test('a run ends with the folder, the space and the next step when its rows fill the temporary folder', async () => {
  const { code, stderr, TMPDIR, results, remaining } = await run(LIMITED)
  expect(code, stderr).toBe(1)
  expect(stderr).toContain(`so they wait in ${TMPDIR} (TMPDIR), which has `)
  expect(stderr).toContain(
    `error: statement 1 (line 1): the temporary folder ${TMPDIR} is full: the rows of the partitions wait there, and need at least 4`,
  )
  expect(stderr).toMatch(/ and need at least 4\d MiB \(EFBIG: file too large, write\)\n/)
  expect(stderr).toMatch(/hint: Set TMPDIR to a folder with more space\. Or add ORDER BY .*ephemeralStorage/)
  expect({ results, remaining }).toEqual({ results: [], remaining: [] })
})

test('the same run succeeds without the limit, and says where its rows wait', async () => {
  const { code, stderr, TMPDIR, results, remaining } = await run([])
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(
    new RegExp(`statement 1: the rows are not ordered .* wait in ${TMPDIR} \\(TMPDIR\\), which has \\d+ MiB`),
  )
  expect(results.length).toBe(97)
  expect(remaining).toEqual([])
})
