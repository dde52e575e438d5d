import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Manner } from '../../faults/fault-proxy.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { statementsWith } from '../../setup/mariadb-client.ts'
import { documentOf, type Started } from '../workspace.ts'
import { Scene } from './scene.ts'

/** The store's clock is two minutes ahead: existing objects are old. */
const movedClock: Manner = async (request, forward) => {
  const answer = await forward(request)
  const told = answer.headers.date
  if (typeof told !== 'string') return answer
  return {
    ...answer,
    headers: { ...answer.headers, date: new Date(Date.parse(told) + 120_000).toUTCString() },
  }
}
const later = await s3Proxy([movedClock])

const newId = (): string => `native-${randomBytes(5).toString('hex')}`

/** Neither a statement of the run nor anything that it wrote is there. */
async function expectNothingLeft(scene: Scene, id: string): Promise<void> {
  expect(await statementsWith(`/* batchquery ${id} */`)).toEqual([])
  expect(await scene.objects()).toEqual({})
  expect(await scene.objects('locks/')).toEqual({})
}

test.each<
  [
    how: string,
    flags: readonly string[],
    end: (scene: Scene, id: string, started: Started) => Promise<unknown>,
    state: string,
    code: number,
  ]
>([
  ['cancel', [], (scene, id) => scene.command('cancel', id), 'CANCELLED', 130],
  ['Ctrl-C', [], async (_scene, _id, started) => started.signal('SIGINT'), 'CANCELLED', 130],
  ['SIGTERM', [], async (_scene, _id, started) => started.process.kill('SIGTERM'), 'FAILED', 143],
  ['the timeout', ['--timeout', '5s'], async () => {}, 'FAILED', 8],
])('%s stops the server, and what it had written goes', async (_, flags, end, state, exitCode) => {
  const scene = await Scene.set()
  const id = newId()
  const started = await scene.startSlow(id, '', flags)
  await end(scene, id, started)
  const ended = await started.ended
  expect(documentOf(ended), ended.stderr).toMatchObject({
    state,
    exitCode,
    exports: [{ mode: 'native', state: 'ABORTED' }],
    warnings: [],
  })
  await expectNothingLeft(scene, id)
})

test('a failed export names the objects that the server has replaced, with OVERWRITE ON', async () => {
  const scene = await Scene.set()
  expect((await scene.run('output/slow')).code).toBe(0)
  const id = newId()
  const started = await scene.startSlow(id, 'OVERWRITE ON')
  started.signal('SIGINT')
  expect(documentOf(await started.ended)).toMatchObject({
    state: 'CANCELLED',
    warnings: [
      expect.stringMatching(/had replaced 1 objects of the earlier result at s3:.* no longer exist/),
    ],
  })
  expect(Object.keys(await scene.objects())).not.toContain('output/slow.part_00000')
})

test('what a runner leaves that is killed, reap stops and removes', async () => {
  const scene = await Scene.set()
  const id = newId()
  const started = await scene.startSlow(id)
  const { runner } = documentOf(await scene.command('show', id, '--json'))
  process.kill(runner.pid, 'SIGKILL')
  await started.ended
  const environment = { ...scene.environment, AWS_ENDPOINT_URL_S3: later.endpoint }
  const reaped = await scene.workspace.run(['reap', '-q'], { environment })
  expect(reaped, reaped.stderr).toMatchObject({ code: 0 })
  expect(documentOf(await scene.command('show', id, '--json'))).toMatchObject({
    state: 'FAILED',
    error: { code: 'RUNNER_LOST' },
    exports: [{ mode: 'native', state: 'ABORTED' }],
    warnings: [],
  })
  await expectNothingLeft(scene, id)
})
