import { expect, test } from 'vitest'
import { RUNNER, Workspace } from './workspace.ts'

const BUCKET = 'batchquery-s3'

/** A runner as a state machine starts it. */
async function asked(workspace: Workspace, more: NodeJS.ProcessEnv = {}) {
  const environment = { BATCHQUERY_STORE: './.batchquery/store', BATCHQUERY_RUN_ID: 'step-1', ...more }
  return workspace.start([BUCKET, 'script/t.sh'], { program: RUNNER, environment }).ended
}

const OK = { BATCHQUERY_REPEAT: 'ok' }

test('a run that SUCCEEDED ends with 0 and does nothing when it is repeated under BATCHQUERY_REPEAT=ok', async () => {
  const workspace = await Workspace.create()
  await workspace.writeObject('script/t.sh', 'echo done')
  const params = { BATCHQUERY_PARAMS: '{"month":11}' }
  expect(await asked(workspace, params)).toMatchObject({ code: 0, stdout: expect.stringContaining('done') })
  expect(await asked(workspace, params)).toMatchObject({ code: 5 })
  const again = await asked(workspace, { ...params, ...OK })
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('has already SUCCEEDED') })
  expect(again.stdout).toBe('')
  // Another request is another run, even under the same id.
  const other = await asked(workspace, { BATCHQUERY_PARAMS: '{"month":12}', ...OK })
  expect(other).toMatchObject({ code: 5, stderr: expect.stringContaining('with the params') })
})

test('a run that FAILED is not a success when it is repeated under BATCHQUERY_REPEAT=ok', async () => {
  const workspace = await Workspace.create()
  await workspace.writeObject('script/t.sh', 'exit 3')
  expect((await asked(workspace, OK)).code).not.toBe(0)
  expect(await asked(workspace, OK)).toMatchObject({ code: 5 })
})
