import { expect, inject, onTestFinished, test } from 'vitest'
import { RUNNER, Workspace } from '../cli/workspace.ts'
import { adminConnection, statementsWith } from '../setup/mariadb-client.ts'
import { BUCKET, RUNNER as HERE, home, newRun, PINNED } from '../unit/run/fixture.ts'
import { axeFaults, openPage, useBrowser } from './browser.ts'
import { startUi } from './program.ts'
import { Served } from './served.ts'

useBrowser()

const TO_RESULT = "INTO OUTFILE S3 's3://batchquery-s3/output/result'"

test('the list shows new runs and their ends by itself, and keeps the focus where it is', async () => {
  const { runs, log, folder } = await home()
  const { base, token } = await Served.start({ store: folder, bucket: BUCKET })
  const first = await runs.claim(newRun({ id: 'first' }), HERE, log)
  await first.start(PINNED)
  const page = await openPage()
  await page.goto(`${base}/runs#token=${token}`)
  const rowOf = (id: string) =>
    page.getByRole('row').filter({ has: page.getByRole('link', { name: id, exact: true }) })
  await rowOf('first').getByText('running').waitFor()
  await page.keyboard.press('j')
  await first.finish(null)
  const later = new Date('2026-11-23T03:00:00Z')
  for (const id of ['second', 'third']) await runs.submit(newRun({ id, createdAt: later }))
  await rowOf('first').getByText('succeeded').waitFor()
  await rowOf('third').getByText('queued').waitFor()
  expect(await page.evaluate('document.activeElement.textContent')).toBe('first')
  await page.keyboard.press('k')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.url()).toMatch(/\/runs\/(?:second|third)$/)
  await page.getByText('queued').first().waitFor()
})

test('a run shows its statement, its progress and its end by itself', async () => {
  const { port, user, password, database } = inject('mariadb')
  const environment = {
    BATCHQUERY_DATABASE: `mysql://${user}@127.0.0.1:${port}/${database}`,
    MYSQL_PWD: password,
  }
  const lock = `live_${process.pid}_${Date.now()}`
  const holder = await adminConnection()
  onTestFinished(() => holder.end())
  await holder.query('SELECT GET_LOCK(?, 0)', [lock])
  const workspace = await Workspace.create()
  const { console } = await startUi(workspace, environment)
  const task = `SELECT seq FROM seq_1_to_5000 ${TO_RESULT};\nDO GET_LOCK('${lock}', 3000)`
  expect(await workspace.runSql(task, ['--detach'], { environment })).toMatchObject({ code: 0 })
  await expect.poll(() => statementsWith(lock)).toHaveLength(1)
  const page = await openPage()
  await page.goto(`${console.base}/runs/r1#token=${console.token}`)
  const headline = page.getByRole('region', { name: 'Progress' })
  await headline.getByText('running').waitFor()
  await headline.getByText('statement 2, line 2').waitFor()
  await headline.getByText('5,000').waitFor()
  await page.getByText(/, sessions \d+/).waitFor()
  await page.getByText(/^process \d+ on /).waitFor()
  await page.getByRole('img', { name: /^Rows per second/ }).waitFor()
  expect(await axeFaults(page)).toEqual([])
  await holder.query('SELECT RELEASE_LOCK(?)', [lock])
  await headline.getByText('succeeded').waitFor({ timeout: 30_000 })
  expect(await page.getByRole('button', { name: 'Cancel', exact: true }).count()).toBe(0)
})

test('a dead run is reaped after the page has shown what the reap does', async () => {
  const workspace = await Workspace.create()
  await workspace.write('a.sql', `SELECT i AS id FROM range(3000000000) t(i) ${TO_RESULT}`)
  await workspace.run(['put', 'a.sql'])
  const runner = workspace.start(['batchquery-s3', 'script/a.sql'], {
    program: RUNNER,
    environment: { BATCHQUERY_RUN_ID: 'r1' },
  })
  onTestFinished(() => void runner.process.kill('SIGKILL'))
  const state = async () => (await workspace.record().catch(() => null))?.state
  await expect.poll(state, { timeout: 30_000 }).toBe('RUNNING')
  runner.signal('SIGKILL')
  await runner.ended
  const { console } = await startUi(workspace)
  const page = await openPage()
  await page.goto(`${console.base}/runs/r1#token=${console.token}`)
  await page.getByText('dead').first().waitFor()
  await page.getByRole('button', { name: 'Reap', exact: true }).click()
  await page.getByRole('button', { name: 'Show it' }).click()
  await page.getByRole('button', { name: 'Go on to the reap' }).click({ timeout: 30_000 })
  expect(await workspace.record()).toMatchObject({ state: 'RUNNING' })
  expect(await axeFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Reap the run' }).click()
  await page.getByRole('dialog').getByText('✕ failed').waitFor({ timeout: 30_000 })
  await page.keyboard.press('Escape')
  const error = page.getByRole('alert').filter({ hasText: 'RUNNER_LOST' })
  await error.getByRole('link').click()
  await page.locator('mark', { hasText: 'RUNNER_LOST' }).waitFor()
  expect(await workspace.results()).toEqual([])
})

test('a run starts again with the values of the form', async () => {
  const workspace = await Workspace.create()
  const task = `-- @param rows int\nSELECT i AS id FROM range(:rows) t(i) ${TO_RESULT} OVERWRITE ON`
  expect(await workspace.runSql(task, ['-p', 'rows=10'])).toMatchObject({ code: 0 })
  const { console } = await startUi(workspace)
  const page = await openPage()
  await page.goto(`${console.base}/runs/r1#token=${console.token}`)
  await page.getByRole('button', { name: 'Run again' }).click()
  const dialog = page.getByRole('dialog')
  const field = dialog.getByLabel('rows')
  expect(await field.getAttribute('placeholder')).toBe('10')
  await field.fill('many')
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await dialog.getByRole('alert').getByText('USAGE').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Run again' }).click()
  await field.fill('25')
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await dialog.getByRole('link').click({ timeout: 30_000 })
  const headline = page.getByRole('region', { name: 'Progress' })
  await headline.getByText('succeeded').waitFor({ timeout: 30_000 })
  await headline.getByText('25', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'r1', exact: true }).waitFor()
})
