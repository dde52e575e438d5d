import { expect, test } from 'vitest'
import { explainEnd } from '../../../../src/engine/container/why-ended.ts'

const image = { image: 'batchquery:latest' }

test.each([
  [
    125,
    ['docker: Error response from daemon: No such image: batchquery:latest.'],
    0,
    'ENGINE_FAILED',
    'npm run image',
  ],
  [125, ['Error: batchquery: image not known'], 0, 'ENGINE_FAILED', 'npm run image'],
  [
    125,
    ['permission denied while trying to connect to the Docker daemon socket'],
    0,
    'ENGINE_FAILED',
    'the group of docker',
  ],
  [125, ['Error: unable to find network with name or ID x'], 0, 'ENGINE_FAILED', 'network: NAME'],
  [125, [], 0, 'ENGINE_FAILED', 'Correct the cause in the message'],
  [127, ['exec: "x": not found'], 0, 'ENGINE_FAILED', 'ENTRYPOINT'],
  [0, ['hello'], 0, 'ENGINE_FAILED', 'ENTRYPOINT'],
  [137, [], 1, 'RUNNER_LOST', '--memory'],
  [1, [], 1, 'RUNNER_LOST', 'reap'],
])('exit code %i, %j, attempt %i', (exitCode, said, attempt, code, hint) => {
  const error = explainEnd({ id: 'r1', attempt }, exitCode, said, image)
  expect(error).toMatchObject({ code, hint: expect.stringContaining(hint) })
  expect(error.message).toContain(said.at(-1) ?? 'r1')
})
