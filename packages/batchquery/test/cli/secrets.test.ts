import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lookAtFolder, runSecrets, watchIn } from '../setup/secrets/run-secrets.ts'
import { SecretWatch } from '../setup/secrets/secret-watch.ts'
import { Workspace } from './workspace.ts'

const SECRET = 'o/pen "sesame"'

/** What a watch of its own finds of the secret while something is done. */
async function foundOf(act: () => Promise<unknown>): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-watch-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const watch = new SecretWatch(folder)
  watch.register('the password', SECRET)
  const leave = watchIn(folder)
  await act().finally(leave)
  return watch.found
}

test('the tests look for their passwords', () => {
  expect(runSecrets()?.found).toEqual([])
})

test.each([
  ['as it is', SECRET],
  ['in a URL', 'mysql://user:o%2Fpen%20%22sesame%22@host/db'],
  ['in JSON', JSON.stringify({ text: `it is ${SECRET}` })],
  ['in base64', `Authorization: ${Buffer.from(SECRET).toString('base64')}`],
])('a secret is found %s, and is not told', async (_, content) => {
  const found = await foundOf(async () => runSecrets()?.look('a log', content))
  expect(found).toEqual(['the password in a log'])
})

test('a secret is found in what a program says and in what it leaves in its store', async () => {
  const workspace = await Workspace.create()
  const found = await foundOf(async () => {
    await workspace.run(['query', `SELECT '${SECRET}' AS answer`])
    await workspace.runSql(`SELECT '${SECRET}' AS answer`)
    await lookAtFolder(join(workspace.folder, '.batchquery'))
  })
  expect(found).toContain('the password in the output of a program')
  expect(found.filter(line => line.includes('log-0001.txt'))).toHaveLength(1)
})

test('what is no secret is passed over', async () => {
  expect(await foundOf(async () => runSecrets()?.look('a log', 'open sesame'))).toEqual([])
})
