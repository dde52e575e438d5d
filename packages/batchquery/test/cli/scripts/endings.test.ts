import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Started } from '../workspace.ts'
import { processesWith, ScriptWorkspace } from './script-workspace.ts'

/** Resolves when the script has written a text. */
async function written(started: Started, text: string): Promise<void> {
  while (!started.stderr.includes(text)) {
    expect(started.process.exitCode, started.stderr).toBeNull()
    await setTimeout(20)
  }
}

test('a run has the exit code of its script, and the last 20 lines in the error', async () => {
  const here = await ScriptWorkspace.create({ 'a.sh': 'for i in {1..30}; do echo "line $i"; done\nexit 3' })
  const ended = await here.run(['a.sh'])
  await here.expectFailed(
    ended,
    3,
    'SCRIPT_EXIT',
    /exit code 3; its last lines:\nline 11\n(line \d+\n){18}line 30$/,
  )
})

test('a run has exit code 128 plus the signal when its script is killed', async () => {
  const here = await ScriptWorkspace.create({ 'a.sh': 'echo here\nkill -KILL $$' })
  await here.expectFailed(await here.run(['a.sh']), 137, 'SCRIPT_EXIT', /killed by SIGKILL.*\nhere$/)
})

test('an error shows its place in the source when a script throws it', async () => {
  const here = await ScriptWorkspace.create({ 'a.ts': "type X = 1\n\nthrow new Error('boom')" })
  await here.expectFailed(await here.run(['a.ts']), 1, 'SCRIPT_EXIT', /Error: boom\n.*task\/a\.ts:3:7/s)
})

test('a script prints its stack once, on the terminal and in the log, when it throws', async () => {
  const here = await ScriptWorkspace.create({ 'a.ts': "throw new Error('boom')" })
  const { stderr } = await here.run(['a.ts'])
  for (const told of [stderr, await here.log()]) expect(told.match(/Error: boom/g)).toHaveLength(1)
  expect(stderr).toMatch(/^error: the script ended with exit code 1\nhint: ./m)
})

test('the runner kills leftover children of a script, also one in its own session', async () => {
  const script = 'sleep 1000 &\nsetsid sleep 1000 &\n(nohup sleep 1000 >/dev/null 2>&1 3>&- &)\necho done'
  const here = await ScriptWorkspace.create({ 'a.sh': script })
  expect(await here.run(['a.sh'])).toMatchObject({ code: 0, stdout: 'done\n' })
  expect(await here.workspace.record()).toMatchObject({
    state: 'SUCCEEDED',
    warnings: [expect.stringMatching(/left running/)],
  })
  await here.expectNothingLeft()
})

test('SIGTERM reaches each process of the group, which may end in its own way', async () => {
  const script = `trap 'echo last words >&2; exit 9' TERM
bash -c 'trap "sleep 1; echo child >&2; exit" TERM; echo ready >&2; while :; do sleep 0.1; done' &
wait; wait`
  const here = await ScriptWorkspace.create({ 'a.sh': script })
  const started = here.start(['a.sh'])
  await written(started, 'ready')
  started.process.kill('SIGTERM')
  await here.expectFailed(await started.ended, 143, 'TERMINATED', /SIGTERM/)
  expect(await here.log()).toMatch(/ERR last words\n/)
  expect(await here.log()).toMatch(/ERR child\n/)
})

test('Ctrl-C reaches a script as SIGINT', async () => {
  const script = `import sys, time
try:
    print('ready', file=sys.stderr, flush=True)
    time.sleep(1000)
except KeyboardInterrupt:
    print('tidied up')`
  const here = await ScriptWorkspace.create({ 'a.py': script })
  const started = here.start(['a.py'])
  await written(started, 'ready')
  started.signal('SIGINT')
  expect(await started.ended).toMatchObject({ code: 130, stdout: 'tidied up\n' })
  expect(await here.workspace.record()).toMatchObject({ state: 'CANCELLED', error: { code: 'CANCELLED' } })
  await here.expectNothingLeft()
})

test('the runner kills a script that ignores SIGTERM when the grace is over', async () => {
  const script = "trap '' TERM INT\nsetsid sleep 1000 &\necho ready >&2\nwhile :; do sleep 1; done"
  const here = await ScriptWorkspace.create({ 'a.sh': script })
  const started = here.start(['a.sh'])
  await written(started, 'ready')
  started.signal('SIGTERM')
  await here.expectFailed(await started.ended, 143, 'TERMINATED', /SIGTERM/)
})

test('a runner leaves neither the bundler nor a file when it is stopped while it bundles', async () => {
  const lines = Array.from(
    { length: 300_000 },
    (_, i) => `export const x${i}: number = ${i} + 1 // a comment`,
  )
  const here = await ScriptWorkspace.create({ 'a.ts': `${lines.join('\n')}\nconsole.log('it ran')` })
  const started = here.start(['a.ts'])
  await expect.poll(() => here.workspace.record().then(({ state }) => state, String)).toBe('RUNNING')
  const { runner } = await here.workspace.record()
  process.kill(runner.pid, 'SIGTERM')
  const ended = await started.ended
  await here.expectFailed(ended, 143, 'TERMINATED', /SIGTERM/)
  expect(ended.stdout).toBe('')
  expect(await processesWith(`TMPDIR=${here.folder}/temporary`)).toEqual([])
})

test('a runner leaves neither processes nor files when it is killed', async () => {
  const here = await ScriptWorkspace.create({ 'a.sh': 'setsid sleep 1000 &\necho ready >&2\nsleep 1000' })
  const started = here.start(['a.sh'])
  await written(started, 'ready')
  const { runner } = await here.workspace.record()
  process.kill(runner.pid, 'SIGKILL')
  await started.ended
  await expect.poll(() => processesWith(`${here.folder}/temporary/`)).toEqual([])
  await here.expectNothingLeft()
})

test('a script fails and its files are removed when the temporary disk is full', async () => {
  const here = await ScriptWorkspace.create({
    'a.py': `import os
with open(os.environ['TMPDIR'] + '/big', 'wb') as file:
    for _ in range(64): file.write(bytes(1 << 20))`,
  })
  const ended = await here.run(['a.py'], {}, ['prlimit', '--fsize=16777216'])
  await here.expectFailed(ended, 1, 'SCRIPT_EXIT', /File too large/)
})

test('a run fails when its task does not fit the temporary disk', async () => {
  const here = await ScriptWorkspace.create({ 'a.sh': `echo hello\n${'# filling\n'.repeat(20_000)}` })
  await here.workspace.run(['put', 'a.sh'])
  const ended = await here.run(['s3://batchquery-s3/script/a.sh'], {}, ['prlimit', '--fsize=65536'])
  await here.expectFailed(ended, 1, 'STORE_FULL', /temporary folder/)
})
