import { expect, test } from 'vitest'
import { PROGRAM, Workspace } from './workspace.ts'

const BUSY = 'SELECT sleep_ms(1000000)'

test.each([
  ['an export', `${BUSY} INTO OUTFILE S3 './out/r'`, 'the first row'],
  ['another statement', BUSY, 'its end'],
])('a terminal shows what the runner waits for: %s', async (_, sql, what) => {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', sql)
  const command = `"${process.execPath}" "${PROGRAM}" run task.sql --run-id r1`
  const { ended } = workspace.startProgram('script', ['-qefc', command, 'terminal.txt'])
  const shown = () => workspace.read('terminal.txt').catch(() => '')
  await expect.poll(shown).toMatch(new RegExp(`statement 1: waiting for ${what}, \\d+ s`))
  expect(await workspace.run(['cancel', 'r1'])).toMatchObject({ code: 0, stdout: 'r1\tCANCELLED\n' })
  expect((await ended).code).toBe(130)
})
