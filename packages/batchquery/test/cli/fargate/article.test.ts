import { expect, inject, test } from 'vitest'
import { LoadingObserver } from '../../setup/loaded-sources.ts'
import { freshDatabase, runAsAdmin } from '../../setup/mariadb-client.ts'
import { documentOf } from '../workspace.ts'
import { stage } from './stage.ts'

const { ecs, bucket, environment, workspace, object, keys, define } = await stage()

const SQL = `CREATE TABLE table1 AS SELECT i AS id, 'row ' || i AS note FROM range(3) t(i);
SELECT * FROM table1 ORDER BY id INTO OUTFILE S3 's3://${bucket}/output/result' OVERWRITE ON;`

test("the article's task, from the command line to the result in S3", async () => {
  const here = await workspace()
  await here.write('batchquery.sql', SQL)
  expect(await here.run(['put', 'batchquery.sql'], { environment })).toMatchObject({ code: 0 })
  const task = `s3://${bucket}/script/batchquery.sql`
  const ran = await here.run(['run', task, '--run-id', 'article'], { environment })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(ran.stdout).toBe(`s3://${bucket}/output/result.part_00000\t3 rows\t24 bytes\n`)
  expect(await object('output/result.part_00000')).toBe('0\trow 0\n1\trow 1\n2\trow 2\n')
  expect(ran.stderr).toMatch(/^run article: ECS task [0-9a-f]{32} in batchquery-fg\n/)
  expect(ran.stderr).toContain('run article SUCCEEDED\n')
  expect(ran.stderr).toMatch(
    /^ECS task: \d+ s of 0.25 vCPU and 0.5 GB, about \$0\.000\d at the prices of us-east-1$/m,
  )

  const [started, ...others] = ecs.tasks
  expect(others).toEqual([])
  expect(started.request).toMatchObject({
    command: [bucket, 'script/batchquery.sql'],
    startedBy: 'batchquery/article',
  })
  const record = JSON.parse(await object('runs/article/run.json'))
  expect(record).toMatchObject({
    state: 'SUCCEEDED',
    engine: { name: 'fargate' },
    runner: { ecsTask: started.arn, ecsSize: { cpu: 256, memory: 512, architecture: 'X86_64' } },
    attempt: 1,
  })
  const cost = { amount: expect.closeTo(0.0002, 3), currency: 'USD', prices: 'us-east-1' }
  const shown = documentOf(await here.run(['show', 'article', '--json'], { environment }))
  expect(shown.cost).toEqual(cost)
  expect(await here.run(['show', 'article'], { environment })).toMatchObject({
    stdout: expect.stringMatching(/^cost {7}~\$0\.000\d on demand, at the prices of us-east-1$/m),
  })
  const { runs } = documentOf(await here.run(['ls', '--json'], { environment }))
  expect(runs).toMatchObject([{ id: 'article', cost }])
  expect((await keys('index/0')).at(-1)).toMatch(
    /_article!SUCCEEDED!-!batchquery\.sql![^!]+![\da-z.]+\.x\.[\da-z]+$/,
  )
  expect(await keys('runs/article/launch-')).toEqual(['runs/article/launch-0001'])
})

test('a run on MariaDB has its password only in the task definition', async () => {
  const database = await freshDatabase()
  await runAsAdmin(`CREATE TABLE ${database}.t (id INT)`, `INSERT INTO ${database}.t VALUES (1), (2)`)
  const { port, user, password } = inject('mariadb')
  define({ environment: { MYSQL_PWD: password } })
  const here = await workspace()
  await here.write('t.sql', `SELECT id FROM t ORDER BY id INTO OUTFILE S3 's3://${bucket}/output/mysql'`)
  const url = `mysql://${user}@127.0.0.1:${port}/${database}`
  const ran = await here.run(['run', './t.sql', '--run-id', 'mysql', '-d', url], { environment })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(await object('output/mysql.part_00000')).toBe('1\n2\n')
  expect(JSON.stringify(ecs.callsOf('RunTask'))).not.toContain(password)
})

test('run loads CloudWatch only when a runner ended without the end of its run', async () => {
  const here = await workspace()
  await here.write('t.sql', `SELECT 1 INTO OUTFILE S3 's3://${bucket}/output/loaded'`)
  const observer = await LoadingObserver.create()
  const ran = await here.run(['run', './t.sql'], { environment: { ...environment, ...observer.environment } })
  expect(ran).toMatchObject({ code: 0 })
  const [{ packages }] = (await observer.loaded()).filter(({ program }) => program === 'batchquery.js')
  expect(packages).toContain('@aws-sdk/client-ecs')
  expect(packages).not.toContain('@aws-sdk/client-cloudwatch-logs')
})

test('show, ls and logs work on another machine, during the run and after it', async () => {
  const here = await workspace()
  await here.write(
    'slow.sql',
    `SELECT sum(sqrt(i)) FROM range(100000000000) t(i) INTO OUTFILE S3 's3://${bucket}/output/slow'`,
  )
  const detached = await here.run(['run', './slow.sql', '--run-id', 'slow', '--detach'], { environment })
  expect(detached).toMatchObject({ code: 0, stdout: 'slow\n' })
  const there = await workspace()
  await expect
    .poll(async () => documentOf(await there.run(['show', 'slow', '--json'], { environment })))
    .toMatchObject({ state: 'RUNNING', dead: false, ecsTask: { status: 'RUNNING', arn: ecs.tasks[0].arn } })
  const following = there.start(['logs', '-f', 'slow'], { environment })
  expect(await there.run(['cancel', 'slow'], { environment })).toMatchObject({
    code: 0,
    stdout: 'slow\tCANCELLED\n',
  })
  expect((await following.ended).stdout).toContain('run slow was cancelled on request')
  await ecs.tasks[0].stopped
  expect(ecs.callsOf('StopTask')).toEqual([])
  const again = await there.run(['run', './slow.sql', '--run-id', 'slow'], { environment })
  expect(again.code).toBe(3)
})
