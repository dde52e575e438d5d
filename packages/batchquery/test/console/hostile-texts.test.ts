import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Workspace } from '../cli/workspace.ts'
import { openPage, useBrowser } from './browser.ts'
import { startUi } from './program.ts'

useBrowser()

/** Each sets `pwned` or opens a dialog if the page reads it as HTML, as a script or as a URL. */
const ATTACKS = [
  '<script>window.pwned=1</script>',
  '"><script>window.pwned=1</script>',
  "'><script>window.pwned=1</script>",
  '</title><script>window.pwned=1</script>',
  '</pre><script>window.pwned=1</script>',
  '</textarea><script>window.pwned=1</script>',
  '<img src=x onerror=window.pwned=1>',
  '"><img src=x onerror=window.pwned=1>',
  '<svg onload=window.pwned=1>',
  '<svg><script>window.pwned=1</script></svg>',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '<iframe src="javascript:parent.pwned=1"></iframe>',
  '<a href="javascript:window.pwned=1">x</a>',
  '<body onload=window.pwned=1>',
  '<details open ontoggle=window.pwned=1>',
  '<video><source onerror=window.pwned=1></video>',
  '<math><mi xlink:href="javascript:window.pwned=1">x</mi></math>',
  '<object data="javascript:window.pwned=1"></object>',
  '<embed src="javascript:window.pwned=1">',
  '<input autofocus onfocus=window.pwned=1>',
  '<marquee onstart=window.pwned=1>x</marquee>',
  '<style>@import "javascript:window.pwned=1"</style>',
  '<link rel=stylesheet href="data:text/css,*{display:none}">',
  '<base href="https://example.com/">',
  '<meta http-equiv=refresh content="0;url=javascript:window.pwned=1">',
  '<form action="javascript:window.pwned=1"><button>x</button></form>',
  '&lt;script&gt;window.pwned=1&lt;/script&gt;',
  '\u001b]8;;javascript:window.pwned=1\u001b\\x\u001b]8;;\u001b\\',
  '\u001b[31m<script>window.pwned=1</script>\u001b[0m',
  '{{constructor.constructor("window.pwned=1")()}}',
  '\u202e<script>window.pwned=1</script>',
  'javascript:window.pwned=1',
]

test('no text of a run becomes HTML: column names, values, logs, parameters and errors', async () => {
  const workspace = await Workspace.create()
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  const value = (text: string): string => `'${text.replaceAll("'", "''")}'`
  const columns = ATTACKS.map((attack, at) => `${value(attack)} AS ${quoted(`${attack}${at}`)}`)
  const task = `-- @param evil\nSELECT ${columns.slice(0, 3).join(', ')}, :evil AS "p";
SELECT ${columns.join(', ')} INTO OUTFILE S3 's3://batchquery-s3/output/evil' FORMAT PARQUET MANIFEST VERBOSE`
  const ran = await workspace.runSql(task, ['--run-id', 'evil', '--param', `evil=${ATTACKS[0]}`])
  expect(ran).toMatchObject({ code: 0 })
  await workspace.runSql(`SELECT ${quoted(ATTACKS[6])} FROM nothing`, ['--run-id', 'evil-error'])
  const { console } = await startUi(workspace)
  const page = await openPage()
  for (const path of ['', '/statement', '/log', '/result']) {
    await page.goto(`${console.base}/runs/evil${path}#token=${console.token}`)
    await page.getByText('evil').first().waitFor()
    await page.waitForLoadState('networkidle').catch(() => {})
    expect(await page.evaluate('window.pwned'), path).toBeUndefined()
  }
  await page.getByText('32 columns').click()
  await page.getByRole('rowheader').filter({ hasText: '<img src=x' }).first().waitFor()
  await page.goto(`${console.base}/runs/evil-error#token=${console.token}`)
  await page.getByRole('alert').waitFor()
  expect(await page.evaluate('window.pwned')).toBeUndefined()
  expect(await page.locator('img, iframe, embed, object, base, #page script').count()).toBe(0)
})

test('the page keeps what it shows while the store is away, and goes on when it is back', async () => {
  const workspace = await Workspace.create()
  expect(await workspace.runSql("SELECT 1 INTO OUTFILE S3 's3://batchquery-s3/output/x'")).toMatchObject({
    code: 0,
  })
  const { console } = await startUi(workspace)
  const page = await openPage()
  await page.goto(`${console.base}/runs#token=${console.token}`)
  await page.getByRole('link', { name: 'r1', exact: true }).waitFor()
  const store = join(workspace.folder, '.batchquery/store')
  await rename(store, `${store}-away`)
  await page.getByText('Not current').waitFor({ timeout: 30_000 })
  expect(await page.getByRole('link', { name: 'r1', exact: true }).count()).toBe(1)
  await rename(`${store}-away`, store)
  await expect.poll(() => page.getByText('Not current').count(), { timeout: 30_000 }).toBe(0)
})

test('a damaged record and one of a newer version are shown as such, and the others as they are', async () => {
  const workspace = await Workspace.create()
  for (const id of ['good', 'damaged', 'newer'])
    expect(
      await workspace.runSql(`SELECT 1 INTO OUTFILE S3 's3://batchquery-s3/output/${id}'`, ['--run-id', id]),
    ).toMatchObject({ code: 0 })
  const runs = join(workspace.folder, '.batchquery/store/batchquery-s3/runs')
  await rm(join(runs, 'damaged/run.json'))
  await writeFile(join(runs, 'damaged/run.json'), '{ "id": ')
  await writeFile(join(runs, 'newer/run.json'), '{ "version": 99, "id": "newer" }')
  const { console } = await startUi(workspace)
  const page = await openPage()
  await page.goto(`${console.base}/runs#token=${console.token}`)
  await page.getByRole('row').filter({ hasText: 'good' }).getByText('succeeded').waitFor()
  await page.getByRole('row').filter({ hasText: 'damaged' }).getByText('RUN_RECORD_INVALID').waitFor()
  await page.getByRole('link', { name: 'newer', exact: true }).click()
  await page.getByRole('alert').waitFor()
})
