import { expect, test } from 'vitest'
import { Workspace } from './workspace.ts'

const RESULT = [
  '1\tAAAAAAAA01\tBBBBBBBB01\n',
  '2\tAAAAAAAA02\tBBBBBBBB02\n',
  '3\tAAAAAAAA03\tBBBBBBBB03\n',
  '4\tAAAAAAAA04\tBBBBBBBB04\n',
  '5\tAAAAAAAA05\tBBBBBBBB05\n',
  '6\tAAAAAAAA06\tBBBBBBBB06\n',
  '7\tAAAAAAAA07\tBBBBBBBB07\n',
  '8\tAAAAAAAA08\tBBBBBBBB08\n',
  '9\tAAAAAAAA08\tBBBBBBBB09\n',
  '10\tAAAAAAAA10\tBBBBBBBB10\n',
].join('')
const STATEMENT = "SELECT * FROM table1 INTO OUTFILE S3 's3://batchquery-s3/output/result' OVERWRITE ON"

test('the demo publishes the ten rows and explains it, also the second time', async () => {
  const workspace = await Workspace.create()
  // The demo ignores these settings and uses its folder.
  const environment = {
    BATCHQUERY_DATABASE: 'mysql://u:geheim@nosuch.invalid/db',
    BATCHQUERY_BUCKET: 'other',
  }
  for (const time of ['first', 'second']) {
    const { code, stdout, stderr } = await workspace.run(['demo'], { environment })
    expect(code, `${time}: ${stderr}`).toBe(0)
    expect(await workspace.readObject('script/batchquery.sql')).toBe(`${STATEMENT}\n`)
    expect(await workspace.readObject('output/result.part_00000')).toBe(RESULT)
    expect(stdout).toContain(STATEMENT)
    expect(stdout).toContain('batchquery-task batchquery-s3 script/batchquery.sql')
    expect(stdout.endsWith(`\n.batchquery/store/batchquery-s3/output/result.part_00000\n${RESULT}`)).toBe(
      true,
    )
  }
  expect(await workspace.results()).toEqual(['batchquery-s3/output/result.part_00000'])
})

test('--json prints only the run record', async () => {
  const workspace = await Workspace.create()
  const { code, stdout } = await workspace.run(['demo', '--json'])
  expect(code).toBe(0)
  expect(stdout.trimEnd()).not.toContain('\n')
  expect(JSON.parse(stdout)).toMatchObject({
    state: 'SUCCEEDED',
    task: { bucket: 'batchquery-s3', key: 'script/batchquery.sql' },
    exports: [
      { uri: 's3://batchquery-s3/output/result', state: 'PUBLISHED', rows: 10, bytes: RESULT.length },
    ],
  })
})

test('the demo does not change an existing table1', async () => {
  const workspace = await Workspace.create()
  await workspace.runSql('CREATE TABLE table1 AS SELECT 42 AS id')
  const { code, stdout } = await workspace.run(['demo', '-q'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/result\.part_00000\n42\n$/)
})
