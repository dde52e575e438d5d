import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { STATEMENT } from '../../../src/cli/article.ts'
import { Workspace } from '../workspace.ts'
import { environmentOf, example, mariadb, postgres } from './places.ts'

const DATABASES: [string, () => Promise<NodeJS.ProcessEnv>][] = [
  ['DuckDB', async () => ({})],
  ['MariaDB', async () => environmentOf(await mariadb())],
  ['PostgreSQL', async () => environmentOf(await postgres())],
]

/** Runs tasks of the examples one after the other in a workspace, each to its good end. */
async function runEach(workspace: Workspace, environment: NodeJS.ProcessEnv, ...tasks: string[][]) {
  for (const [name, ...args] of tasks) {
    const { code, stderr } = await workspace.run(['run', example(name), ...args], { environment })
    expect(code, stderr).toBe(0)
  }
}

test('the statement of the example is that of the demo', async () => {
  expect(await readFile(example('article/batchquery.sql'), 'utf8')).toBe(`${STATEMENT}\n`)
})

test.each(DATABASES)('article: the same bytes from %s', async (_, connect) => {
  const workspace = await Workspace.create()
  await runEach(workspace, await connect(), ['article/table1.sql'], ['article/batchquery.sql'])
  expect(await workspace.readObject('output/result.part_00000')).toMatch(
    /^1\tAAAAAAAA01\tBBBBBBBB01\n(.*\n){8}10\tAAAAAAAA10\tBBBBBBBB10\n$/,
  )
})

test.each(DATABASES)('month-end: the figures of a month from %s', async (_, connect) => {
  const workspace = await Workspace.create()
  const month = ['-p', 'month=2026-11-01', '-p', 'next=2026-12-01', '-p', 'regions=["north","south"]']
  await runEach(workspace, await connect(), ['month-end/orders.sql'], ['month-end/report.sql', ...month])
  const folder = '.batchquery/store/batchquery-s3/output/sales-2026-11-01'
  expect(await workspace.read(`${folder}/regions.part_00000`)).toBe(
    'region,orders,total\nnorth,2,10.75\nsouth,1,20.25\n',
  )
  expect(gunzipSync(await workspace.readBytes(`${folder}/orders.part_00000.gz`)).toString()).toBe(
    'region,ordered,amount\nnorth,2026-11-01,10.50\nnorth,2026-11-30,0.25\nsouth,2026-11-09,20.25\n',
  )
})

test('procedure: made, called and exported; once more, and nothing is counted twice', async () => {
  const environment = environmentOf(await mariadb())
  const workspace = await Workspace.create()
  const rollUp = ['procedure/roll-up.sql', '-p', 'since=2026-11-01', '-p', 'days=3']
  await runEach(workspace, environment, rollUp)
  expect(await workspace.readObject('output/daily.part_00000')).toBe('day,kind,events\n')
  await workspace.write(
    'events.sql',
    `INSERT INTO events VALUES ('2026-11-01 00:00:00', 'sold'), ('2026-11-01 23:59:59', 'sold'),
       ('2026-11-03 12:00:00', 'sent'), ('2026-11-04 00:00:00', 'late')`,
  )
  expect(await workspace.run(['run', 'events.sql'], { environment })).toMatchObject({ code: 0 })
  await runEach(workspace, environment, rollUp, rollUp)
  expect(await workspace.readObject('output/daily.part_00000')).toBe(
    'day,kind,events\n2026-11-01,sold,2\n2026-11-03,sent,1\n',
  )
})
