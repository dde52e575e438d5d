import { expect, test } from 'vitest'
import { mariadb, postgres } from './query-databases.ts'
import { PROGRAM, Workspace } from './workspace.ts'

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
    expect(stdout).toContain(
      `\n.batchquery/store/batchquery-s3/output/result.part_00000\n${RESULT}\nRow 9 is right: the article `,
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
  expect(stdout).toContain('result.part_00000\n42\n\nWhat to do next:\n')
})

test('every command that the demo prints works when it is pasted, with the URL of a database', async () => {
  const workspace = await Workspace.create()
  const paste = `batchquery() { "${process.execPath}" "${PROGRAM}" "$@"; }`
  const { stdout } = await workspace.run(['demo', '-q'])
  const [own = '', ...commands] = stdout.match(/(?<=^ {2})batchquery .*/gm) ?? []
  expect(commands).toHaveLength(3)
  for (const { BATCHQUERY_DATABASE: url = '', ...passwords } of [await mariadb(), await postgres()]) {
    const command = own.replace('mysql://USER@HOST:3306/DATABASE', `'${url}'`)
    const { code, stderr } = await workspace.startProgram('bash', ['-c', `${paste}; ${command}`], passwords)
      .ended
    expect(code, `${command}: ${stderr}`).toBe(0)
    expect(await workspace.read('out/first.part_00000')).toBe('id\n1\n')
  }
  const outputs: string[] = []
  for (const command of commands) {
    const ended = await workspace.startProgram('bash', ['-c', `${paste}; ${command}`]).ended
    expect(ended.code, `${command}: ${ended.stderr}`).toBe(0)
    outputs.push(ended.stdout)
  }
  expect(outputs[1]).toContain('9\tAAAAAAAA08\tBBBBBBBB09\n')
  expect(outputs[2]).toContain('SQL TASKS')
})

test('the demo names the program as npm started it', async () => {
  const workspace = await Workspace.create()
  const environment = { npm_command: 'run-script' }
  const { stdout } = await workspace.run(['demo', '-q'], { environment })
  expect(stdout.match(/^ {2}npx batchquery /gm)).toHaveLength(4)
  expect(stdout).not.toMatch(/^ {2}batchquery /m)
})
