import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { endKey, indexKey } from '../../src/run/index-keys.ts'
import { BUCKET, home, newRun, RUNNER } from '../unit/run/fixture.ts'
import { openPage, useBrowser } from './browser.ts'
import { Served } from './served.ts'

useBrowser()

const RUNS = 10_000
const START = Date.parse('2026-11-23T00:00:00Z')

test('a list of 10,000 runs has only the rows that are seen, from the first run to the last', async () => {
  const { folder } = await home()
  const end = { state: 'SUCCEEDED', code: null, task: 'a.sql', database: 'main' } as const
  const paths = Array.from({ length: RUNS }, (_, at) => {
    const run = newRun({ id: `run-${at}`, createdAt: new Date(START + at * 1000) })
    return [indexKey(run.createdAt, run.id), endKey(run, end)].map(key => join(folder, BUCKET, key))
  }).flat()
  for (const path of new Set(paths.map(dirname))) mkdirSync(path, { recursive: true })
  for (const path of paths) closeSync(openSync(path, 'w'))
  const { base, token } = await Served.start({ store: folder, bucket: BUCKET })
  const page = await openPage()
  await page.goto(`${base}/runs#token=${token}`)
  await page.getByRole('link', { name: `run-${RUNS - 1}`, exact: true }).waitFor()
  const table = page.getByRole('region', { name: 'Runs' })
  const rowCount = async () => Number(await table.getByRole('table').getAttribute('aria-rowcount'))
  const toEnd = () => table.evaluate(box => box.scrollTo(0, box.scrollHeight))
  const last = page.getByRole('link', { name: 'run-0', exact: true })
  await expect
    .poll(
      async () => {
        await toEnd()
        return last.count()
      },
      { timeout: 30_000 },
    )
    .toBe(1)
  expect(await rowCount()).toBe(RUNS + 1)
  expect(await page.getByRole('row').count()).toBeLessThan(100)
  // The poll of the first rows leaves those alone that the user sees.
  await page.waitForResponse(response => response.url().includes('/api/runs?'))
  expect(await last.isVisible()).toBe(true)
})

const SEGMENT = 256 * 1024
const segment = (number: number) => `runs/long/log/0001-${String(number).padStart(4, '0')}.txt`

test('a log of 100 MB is followed, searched and scrolled with only a few pieces of it in the page', async () => {
  const { runs, log, put, folder } = await home()
  await (await runs.claim(newRun({ id: 'long' }), RUNNER, log)).finish(null)
  const block = `${'y'.repeat(63)}\n`.repeat(SEGMENT / 64)
  for (let number = 1; number <= 400; number++)
    await put(segment(number), number === 200 ? `the needle\n${block.slice(11)}` : block)
  await put(segment(401), '\u001b[1;31mthe red end\u001b[0m \u001b]0;title\u0007\u001b[2Jof <b>all</b>\n')
  const { base, token } = await Served.start({ store: folder, bucket: BUCKET })
  const page = await openPage()
  await page.goto(`${base}/runs/long/log#token=${token}`)
  const text = page.getByRole('log')
  const red = text.locator('.ansi-1.bold', { hasText: 'the red end' })
  await red.waitFor()
  expect(await red.isVisible()).toBe(true)
  expect(await text.evaluate(box => box.textContent?.slice(-30))).toContain('the red end of <b>all</b>')
  await page.keyboard.press('/')
  await page.keyboard.type('NEEDLE')
  await page.keyboard.press('Enter')
  const more = page.getByRole('button', { name: 'Search on' })
  const match = page.getByRole('button', { name: 'the needle', exact: true })
  while ((await match.count()) === 0) {
    await Promise.all([page.waitForResponse(/\/log\/search/), more.click()])
    await page.getByText(/lines? with/).waitFor()
  }
  await match.click()
  // The line that was found is in view, and stays there when the text before it comes in.
  const isNeedleInView = () =>
    page.evaluate(`(() => {
      const box = document.querySelector('[role=log]')
      const lines = [...box.querySelectorAll('.piece')].flatMap(piece => [...piece.childNodes])
      const range = document.createRange()
      range.selectNode(lines.find(line => line.textContent === 'the needle') ?? box)
      const [line, view] = [range.getBoundingClientRect(), box.getBoundingClientRect()]
      return line.height < 40 && line.bottom > view.top && line.top < view.bottom
    })()`)
  await expect.poll(isNeedleInView).toBe(true)
  const size = () => text.evaluate(box => box.textContent?.length ?? 0)
  for (let step = 0; step < 20; step++) {
    await text.evaluate(box => box.scrollTo(0, box.scrollHeight))
    await page.waitForTimeout(100)
  }
  expect(await size()).toBeLessThan(1024 * 1024)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: /^Download/ }).click()
  expect((await download).suggestedFilename()).toMatch(/long/)
  await page.getByRole('button', { name: 'Go to the end' }).click()
  await red.waitFor()
})
