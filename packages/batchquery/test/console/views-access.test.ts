import { expect, test } from 'vitest'
import { BUCKET, home, newRun, PINNED, RUNNER } from '../unit/run/fixture.ts'
import { openPage, REBOUND, useBrowser } from './browser.ts'
import { Served } from './served.ts'

useBrowser()

async function serve(isReadOnly = false) {
  const { runs, log, folder } = await home()
  const run = await runs.claim(newRun({ id: 'r1' }), RUNNER, log)
  await run.start(PINNED)
  return { run, console: await Served.start({ store: folder, bucket: BUCKET, isReadOnly }) }
}

test('a foreign name of 127.0.0.1 gets neither the page nor the data, even with the token', async () => {
  const { run, console } = await serve()
  const page = await openPage({ isHostile: true })
  const { port } = new URL(console.base)
  const answer = await page.goto(`http://${REBOUND}:${port}/runs#token=${console.token}`)
  expect(answer?.status()).toBe(403)
  expect(await page.textContent('body')).toContain(REBOUND)
  const status = await page.evaluate(
    `fetch('/api/runs', { headers: { authorization: 'Bearer ${console.token}' } }).then(({ status }) => status)`,
  )
  expect(status).toBe(403)
  await run.finish(null)
})

test('a page of another origin cannot read or change anything, even with the token', async () => {
  const { run, console } = await serve()
  const page = await openPage({ isHostile: true })
  await page.goto('about:blank')
  const send = (method: string, path: string) =>
    page.evaluate(
      `fetch('${console.base}${path}', { method: '${method}', headers: { authorization: 'Bearer ${console.token}' } })
        .then(({ status }) => status, error => error.name)`,
    )
  expect(await send('GET', '/api/runs')).toBe('TypeError')
  expect(await send('POST', '/api/runs/r1/cancel')).toBe('TypeError')
  expect(await console.get('/api/runs/r1')).toMatchObject({ isCancelRequested: false })
  await run.finish(null)
})

test('a read-only console shows a run without the buttons that change it', async () => {
  const { run, console } = await serve(true)
  const page = await openPage()
  await page.goto(`${console.base}/runs/r1#token=${console.token}`)
  await page.getByText('running').first().waitFor()
  await page.getByText('(read-only)').waitFor()
  for (const name of ['Cancel', 'Reap', 'Run again'])
    expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0)
  await run.finish(null)
})

test('a page goes on by itself when its server is back, and says before that it is not current', async () => {
  const { run, console } = await serve()
  const page = await openPage()
  await page.goto(`${console.base}/runs/r1#token=${console.token}`)
  await page.getByText('running').first().waitFor()
  await page.context().setOffline(true)
  const note = page.getByRole('status').filter({ hasText: 'CONSOLE_UNREACHABLE' })
  await note.waitFor()
  expect(await page.getByText('running').count()).toBeGreaterThan(0)
  await run.finish(null)
  await page.context().setOffline(false)
  await page.getByText('succeeded').first().waitFor()
  expect(await note.count()).toBe(0)
})
