import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect, inject, test } from 'vitest'
import { Workspace } from '../cli/workspace.ts'
import { statementsWith } from '../setup/mariadb-client.ts'
import { axeFaults, isTooWide, openPage, useBrowser } from './browser.ts'
import { startUi } from './program.ts'

useBrowser()

const PICTURES = fileURLToPath(new URL('../../../../docs/pictures/', import.meta.url))

const SALES = `SELECT i AS id, DATE '2026-01-01' + CAST(i % 3 AS INTEGER) AS day, i % 7 AS shop, i * 1.5 AS amount
FROM range(:rows) t(i)
INTO OUTFILE S3 's3://batchquery-s3/output/sales' FORMAT PARQUET PARTITION BY (day) MANIFEST VERBOSE OVERWRITE ON`
const TASK = `-- @param rows int\n-- The sales of a few days\n${SALES}`

/** A workspace with runs that succeeded and one that failed. */
async function withRuns(): Promise<{ workspace: Workspace; url: string }> {
  const workspace = await Workspace.create()
  for (const [at, rows] of [3000, 5000, 4000].entries())
    expect(
      await workspace.runSql(TASK, ['--param', `rows=${rows}`, '--run-id', `sales-${at}`]),
    ).toMatchObject({
      code: 0,
    })
  expect(await workspace.runSql('SELECT nothing FROM nowhere', ['--run-id', 'broken'])).not.toMatchObject({
    code: 0,
  })
  const { console } = await startUi(workspace)
  return { workspace, url: `${console.base}/#token=${console.token}` }
}

const open = async (page: Page, url: string, path: string): Promise<void> => {
  await page.goto(url.replace('/#', `${path}#`))
}

describe('the six views', () => {
  const VIEWS: readonly (readonly [name: string, path: string, shows: string])[] = [
    ['runs', '/runs', 'sales-2'],
    ['run', '/runs/sales-1', 'published'],
    ['statement', '/runs/sales-1/statement', 'PARTITION BY'],
    ['log', '/runs/sales-1/log', 'exporting to'],
    ['result', '/runs/sales-2/result', 'The first'],
    ['history', '/history?task=task.sql', 'Duration'],
  ]

  test('show a run, fit every screen, and have no serious fault of access', async () => {
    const { url } = await withRuns()
    for (const [name, path, shows] of VIEWS) {
      const page = await openPage()
      await open(page, url, path)
      await page.getByText(shows).first().waitFor()
      expect(await axeFaults(page), name).toEqual([])
      if (process.env.BATCHQUERY_PICTURES === '1') {
        await mkdir(PICTURES, { recursive: true })
        await page.waitForTimeout(500)
        await page.screenshot({ path: join(PICTURES, `ui-${name}.png`) })
      }
      for (const width of [360, 3840]) {
        await page.setViewportSize({ width, height: 800 })
        expect(await isTooWide(page), `${name} at ${width}`).toBe(false)
      }
      const dark = await openPage({ scheme: 'dark' })
      await open(dark, url, path)
      await dark.getByText(shows).first().waitFor()
      expect(await axeFaults(dark), `${name}, dark`).toEqual([])
    }
  })
})

test('the list filters by the URL, and keys move through it', async () => {
  const { url } = await withRuns()
  const page = await openPage()
  await open(page, url, '/runs')
  await page.getByRole('link', { name: 'sales-0', exact: true }).waitFor()
  await page.getByLabel('State').selectOption('FAILED')
  await page.getByRole('link', { name: 'broken', exact: true }).waitFor()
  await expect.poll(() => page.getByRole('link', { name: 'sales-0', exact: true }).count()).toBe(0)
  expect(page.url()).toContain('state=FAILED')
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('QUERY_FAILED').waitFor()
  await page.goBack()
  await expect.poll(() => page.url()).toContain('state=FAILED')
  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('the next run of a list').waitFor()
})

test('the result shows columns, parts, rows and the verification', async () => {
  const { url } = await withRuns()
  const page = await openPage()
  await open(page, url, '/runs/sales-2/result')
  await page.getByText('3 columns').click()
  await page.getByRole('rowheader', { name: 'amount' }).waitFor()
  await page.getByText('day = "2026-01-02"').click()
  await page.getByRole('button', { name: 'Rows' }).first().click()
  await page.getByText('of part').waitFor()
  await page.getByRole('button', { name: 'Verify all bytes' }).click()
  await page.getByText('verified: every part is as it was written').waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download' }).first().click()
  expect((await download).suggestedFilename()).toMatch(/^part_\d+\.parquet$/)
})

test('two runs are compared side by side, and a command line is copied', async () => {
  const { url } = await withRuns()
  const page = await openPage()
  await open(page, url, '/history?task=task.sql')
  await page.getByLabel('Compare sales-0').check()
  await page.getByLabel('Compare sales-1').check()
  await page.getByRole('button', { name: 'Compare the two chosen runs' }).click()
  await page.locator('tr.differs', { hasText: ':rows' }).getByText('5000').waitFor()
  await open(page, url, '/runs/sales-1')
  await page.getByRole('button', { name: /^Copy as CLI/ }).click()
  expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^batchquery show sales-1/)
})

test('a live run is cancelled until the server confirms that its statement is gone', async () => {
  const { port, user, password, database } = inject('mariadb')
  const environment = {
    BATCHQUERY_DATABASE: `mysql://${user}@127.0.0.1:${port}/${database}`,
    MYSQL_PWD: password,
  }
  const workspace = await Workspace.create()
  const { console } = await startUi(workspace, environment)
  const mark = `page_${process.pid}_${Date.now()}`
  expect(
    await workspace.runSql(`SELECT SLEEP(3000) AS ${mark}`, ['--detach', '--run-id', 'live'], {
      environment,
    }),
  ).toMatchObject({ code: 0 })
  await expect.poll(() => statementsWith(mark)).toHaveLength(1)
  const page = await openPage()
  await open(page, `${console.base}/#token=${console.token}`, '/runs/live')
  await page.getByText('running').first().waitFor()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('button', { name: 'Cancel the run' }).click()
  await page.getByText('✓ confirmed gone on the server').waitFor({ timeout: 60_000 })
  expect(await statementsWith(mark)).toEqual([])
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByText('cancelled').first().waitFor()
})

test('a wrong token is refused with the next step, and a second tab works by its link', async () => {
  const { url } = await withRuns()
  const page = await openPage()
  await page.goto(url.replace(/token=.*/, 'token=wrong'))
  await page.getByText('Open the URL that `batchquery ui` printed last').waitFor()
  const other = await openPage()
  await other.goto(url)
  const href = await other.getByRole('link', { name: 'sales-1', exact: true }).getAttribute('href')
  expect(other.url()).not.toContain('token')
  const second = await openPage()
  await second.goto(new URL(href ?? '', other.url()).href)
  await second.getByText('published').first().waitFor()
})
