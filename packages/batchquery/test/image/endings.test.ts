import { beforeEach, expect, test } from 'vitest'
import { documentOf } from '../cli/workspace.ts'
import { imageStage } from './stage.ts'

const { ecs, bucket, environment, workspace, object, keys, defineImage } = await imageStage()

beforeEach(() => defineImage())

const errorOf = async (id: string) => JSON.parse(await object(`runs/${id}/run.json`)).error

test("a run ends with the script's own exit code", async () => {
  const here = await workspace()
  await here.write('seven.sh', 'echo "going"\nexit 7\n')
  const ran = await here.run(['run', './seven.sh', '--run-id', 'seven'], { environment })
  expect(ran.code).toBe(7)
  expect(await errorOf('seven')).toMatchObject({ code: 'SCRIPT_EXIT' })
  const [task] = ecs.tasks
  await task.stopped
  expect(task.describe()).toMatchObject({ containers: [{ exitCode: 7 }] })
})

test('the runner removes its export when SIGTERM reaches it through tini, and the run can be repeated', async () => {
  const here = await workspace()
  await here.write(
    'slow.sql',
    `SELECT *, sleep(1000) FROM table1 INTO OUTFILE S3 's3://${bucket}/output/slow'`,
  )
  const following = here.start(['run', './slow.sql', '--run-id', 'slow'], { environment })
  await expect
    .poll(async () => JSON.parse((await object('runs/slow/run.json')) || '{}').databases?.[0]?.sessions)
    .toHaveLength(1)
  const [task] = ecs.tasks
  task.stop('UserInitiated', 'for the test')
  const ran = await following.ended
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 143 })
  await task.stopped
  expect(task.describe()).toMatchObject({ containers: [{ exitCode: 143 }] })
  expect(JSON.parse(await object('runs/slow/run.json'))).toMatchObject({
    state: 'FAILED',
    error: { code: 'TERMINATED', retryable: true },
  })
  expect(await keys('output/slow')).toEqual([])
})

test('the runner reports a script that needs more memory than there is', async () => {
  const here = await workspace()
  await here.write('greedy.mjs', 'const kept = []\nfor (;;) kept.push(Buffer.alloc(16 * 1024 * 1024, 1))\n')
  const ran = await here.run(['run', './greedy.mjs', '--run-id', 'greedy'], { environment })
  expect(ran.code).toBe(137)
  expect(ran.stderr).toContain('was killed by SIGKILL because the container ran out of memory')
  expect(ran.stderr).toContain('hint: Raise --memory')
  expect(await errorOf('greedy')).toMatchObject({ code: 'SCRIPT_EXIT' })
})

test('a run reports exit code 137 when the runner itself is killed', async () => {
  const here = await workspace()
  await here.write('sleep.sh', 'sleep 1000\n')
  const following = here.start(['run', './sleep.sh', '--run-id', 'killed', '--json'], { environment })
  await expect
    .poll(async () => JSON.parse((await object('runs/killed/run.json')) || '{}').state)
    .toBe('RUNNING')
  ecs.tasks[0].kill()
  const ran = await following.ended
  expect(ran.code).toBe(1)
  expect(documentOf(ran)).toMatchObject({ state: 'FAILED', error: { code: 'RUNNER_LOST' } })
  expect(ran.stderr).toContain('exit code 137')
})

test('init reaps the processes that a script leaves behind', async () => {
  const here = await workspace()
  // Each child is abandoned by its parent at once, and ends by itself: `cat` ends with the last of them. Init gets
  // time to reap.
  await here.write(
    'orphans.sh',
    `for i in 1 2 3 4 5; do (sh -c 'sleep 0.1' &) ; done | cat
zombies() { cat /proc/[0-9]*/stat 2>/dev/null | awk '$3 == "Z"' | wc -l; }
for i in $(seq 600); do [ "$(zombies)" -eq 0 ] && break; sleep 0.1; done
echo "zombies: $(zombies)"
sed 's/^/init: /' /proc/1/comm
`,
  )
  const ran = await here.run(['run', './orphans.sh'], { environment })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(ran.stdout).toContain('zombies: 0\n')
  expect(ran.stdout).toContain('init: tini\n')
})
