import { expect, test } from 'vitest'
import { serverError } from '../../ecs/faults.ts'
import { FARGATE, stage } from './stage.ts'

const { ecs, environment, workspace, object } = await stage()

test('a submitter logs that ECS answers 5xx and until when it tries, and the run continues when ECS recovers', async () => {
  ecs.fail(serverError('RunTask', 2))
  const here = await workspace()
  await here.write('t.sh', 'true')
  const ran = await here.run(['run', './t.sh', '--run-id', 'hiccup'], { environment })
  expect(ran).toMatchObject({ code: 0 })
  const told = ran.stderr.match(/^.*ECS answered 500 \(ServerException\); trying again until \S+Z$/gm)
  expect(told, ran.stderr).toHaveLength(1)
})

test.each([[[]], [['--detach']]])(
  'a run with %j fails at its limit when ECS answers 5xx all the time, and does not offer to follow it',
  async options => {
    ecs.fail(serverError('RunTask', 1_000))
    const here = await workspace()
    await here.write('t.sh', 'true')
    const id = `faulty-${options.length}`
    const ran = await here.run(['run', './t.sh', '--run-id', id, '--timeout', '2s', ...options], {
      environment,
    })
    expect(ran.code, ran.stderr).not.toBe(0)
    expect(ran.stderr).toMatch(/ECS answered 500 .*; trying again until /)
    expect(ran.stderr).toMatch(/^error: Cannot start an ECS task: .*ServerException/m)
    expect(ran.stderr).toMatch(/^hint: .*health\.aws\.amazon\.com/m)
    expect(ran.stderr).not.toMatch(/batchquery logs -f|follow/)
    expect(JSON.parse(await object(`runs/${id}/run.json`))).toMatchObject({
      state: 'FAILED',
      error: { code: 'ENGINE_FAILED', retryable: true },
    })
    expect(ecs.tasks).toEqual([])
  },
)

test('an ECS task gets the storage of batchquery.yaml', async () => {
  const here = await workspace(FARGATE.replace(/ }$/, ', ephemeralStorage: 50 }'))
  await here.write('t.sh', 'true')
  expect(await here.run(['run', './t.sh', '--run-id', 'roomy'], { environment })).toMatchObject({ code: 0 })
  const { input } = ecs.callsOf('RunTask')[0]
  expect(input).toMatchObject({ overrides: { ephemeralStorage: { sizeInGiB: 50 } } })
  const none = await workspace(FARGATE.replace(/ }$/, ', ephemeralStorage: 20 }'))
  await none.write('t.sh', 'true')
  const refused = await none.run(['run', './t.sh'], { environment })
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/ephemeralStorage.*less than 21/s) })
})
