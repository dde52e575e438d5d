import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ja } from '../../src/console/page/languages/ja.ts'
import { Workspace } from '../cli/workspace.ts'
import { axeFaults, isTooWide, openPage, useBrowser } from './browser.ts'
import { startUi } from './program.ts'

useBrowser()

const TASK = `SELECT i AS id, i % 3 AS shop FROM range(300) t(i)
INTO OUTFILE S3 's3://batchquery-s3/output/sales' FORMAT PARQUET PARTITION BY (shop) MANIFEST VERBOSE OVERWRITE ON`

/** An English text, with any values in it. */
const patternOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split(/\{\d\}/)
      .map(piece => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.+')}$`,
  )

/** A text that has values alone is in all languages. */
const ENGLISH = Object.entries(ja)
  .filter(([english, japanese]) => english !== japanese && /[a-z]/i.test(english.replace(/\{\d\}/g, '')))
  .map(([english]) => patternOf(english.trim()))

/** What a user sees or hears, except data: code, logs, cells of tables, messages of batchquery. */
async function seen(page: Page): Promise<readonly string[]> {
  const found: unknown = await page.evaluate(`(() => {
    const isData = element => element.closest('noscript, code, pre, td, th[scope=row], .home, .brand, .problem, .command code') !== null
    const texts = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
      if (node.parentElement.closest('[lang]:not(html)') === null && !isData(node.parentElement)) texts.push(node.textContent.trim())
    for (const element of document.querySelectorAll('[aria-label]'))
      if (element.closest('.command') === null) texts.push(element.getAttribute('aria-label'))
    return texts.filter(text => text !== '')
  })()`)
  return Array.isArray(found) ? found.map(String) : []
}

const open = (page: Page, url: string, path: string) => page.goto(url.replace('/#', `${path}#`))

test('each view is in Japanese for a Japanese browser, and nothing of it in English', async () => {
  const workspace = await Workspace.create()
  expect(await workspace.runSql(TASK)).toMatchObject({ code: 0 })
  expect(await workspace.runSql('SELECT nothing FROM nowhere', ['--run-id', 'broken'])).not.toMatchObject({
    code: 0,
  })
  const { console } = await startUi(workspace)
  const url = `${console.base}/#token=${console.token}`
  const views: readonly (readonly [path: string, shows: string])[] = [
    ['/runs', '成功'],
    ['/runs/r1', '公開済み'],
    ['/runs/broken', '対処:'],
    ['/runs/r1/statement', 'SQL 文'],
    ['/runs/r1/log', '末尾を追跡中'],
    ['/runs/r1/result', '先頭の 100 行'],
    ['/history?task=task.sql', '所要時間'],
    ['/compare?one=r1&other=broken', '2 件の比較'],
  ]
  for (const [path, shows] of views) {
    const page = await openPage({ locale: 'ja-JP', width: 360 })
    await open(page, url, path)
    await page.getByText(shows).locator('visible=true').first().waitFor()
    expect(await page.evaluate('document.documentElement.lang')).toBe('ja')
    const english = (await seen(page)).filter(text => ENGLISH.some(pattern => pattern.test(text)))
    expect(english, path).toEqual([])
    expect(await isTooWide(page), path).toBe(false)
    expect(await axeFaults(page), path).toEqual([])
  }
})

test('the user switches the language, and the page keeps it', async () => {
  const { console } = await startUi(await Workspace.create())
  const page = await openPage()
  await page.goto(`${console.base}/#token=${console.token}`)
  await page.getByRole('heading', { name: 'Runs' }).waitFor()
  await page.getByRole('button', { name: '日本語' }).click()
  await page.getByRole('heading', { name: '実行一覧' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: '実行一覧' }).waitFor()
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('heading', { name: 'Runs' }).waitFor()
})

test('the page uses each text that has a translation', async () => {
  const folder = fileURLToPath(new URL('../../src/console/page', import.meta.url))
  const files = (await readdir(folder, { recursive: true })).filter(
    name => /\.tsx?$/.test(name) && !name.startsWith('languages'),
  )
  const sources = (await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')))).join('\n')
  expect(Object.keys(ja).filter(text => !sources.includes(`'${text}'`))).toEqual([])
})
