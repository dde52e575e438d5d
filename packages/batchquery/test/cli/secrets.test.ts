import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lookAtFolder, runSecrets, watchIn } from '../setup/secrets/run-secrets.ts'
import { SecretWatch } from '../setup/secrets/secret-watch.ts'
import { Workspace } from './workspace.ts'

const SECRET = 'o/pen "sesame"'

/** Returns the places where a watch finds the secret during an action. */
async function foundOf(act: () => Promise<unknown>): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-watch-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const watch = new SecretWatch(folder)
  watch.register('the password', SECRET)
  const leave = watchIn(folder)
  await act().finally(leave)
  return watch.found
}

test('the tests search for their passwords', () => {
  expect(runSecrets()?.found).toEqual([])
})

test.each([
  ['as it is', SECRET],
  ['in a URL', 'mysql://user:o%2Fpen%20%22sesame%22@host/db'],
  ['in JSON', JSON.stringify({ text: `it is ${SECRET}` })],
  ['in hexadecimal digits', Buffer.from(SECRET).toString('hex')],
  ['in base64', `Authorization: ${Buffer.from(SECRET).toString('base64')}`],
  ['in base64 behind a user', `Authorization: Basic ${Buffer.from(`me:${SECRET}`).toString('base64')}`],
  ['in base64 between others', Buffer.from(`user:${SECRET}, host`).toString('base64')],
  ['in base64 for URLs', Buffer.from(`1${SECRET}`).toString('base64url')],
])('the watch finds a secret %s, and does not show it', async (_, content) => {
  const found = await foundOf(async () => runSecrets()?.look('a log', `first\n${content}\nlast`))
  expect(found).toEqual(['the password in a log, line 2'])
})

test('the watch finds a secret in the output and in the store of a program', async () => {
  const workspace = await Workspace.create()
  const found = await foundOf(async () => {
    await workspace.run(['query', `SELECT '${SECRET}' AS answer`])
    await workspace.runSql(`SELECT '${SECRET}' AS answer`)
    await lookAtFolder(join(workspace.folder, '.batchquery'))
  })
  expect(found.join('\n')).toContain('the password in the output of a program, line ')
  expect(found.filter(line => line.includes('0001-0001.txt'))).toHaveLength(1)
})

test('the watch ignores other texts', async () => {
  expect(await foundOf(async () => runSecrets()?.look('a log', 'open sesame'))).toEqual([])
})

test('a password of the environment is masked in errors of the command line', async () => {
  const workspace = await Workspace.create()
  const environment = { PGPASSWORD: 'open_sesame' }
  const ended = await workspace.run(['query', 'SELECT * FROM open_sesame', '--json'], { environment })
  expect(ended.code).toBe(1)
  expect(`${ended.stdout}${ended.stderr}`).toContain('***')
  expect(`${ended.stdout}${ended.stderr}`).not.toContain('open_sesame')
})
