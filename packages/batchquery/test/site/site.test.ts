import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axeFaults, isTooWide, openPage, useBrowser } from '../console/browser.ts'

const DIST = fileURLToPath(new URL('../../../../site/dist', import.meta.url))
const PAGES = readdirSync(DIST).filter(name => name.endsWith('.html') && name !== '404.html')
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

let server: Server
let origin = ''

beforeAll(async () => {
  // Any server of static files.
  server = createServer(async (request, response) => {
    const path = posix.normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://site').pathname))
    const name = path === '/' ? 'index.html' : extname(path) === '' ? `${path}.html` : path
    const bytes = await readFile(join(DIST, name)).catch(() => null)
    response.writeHead(bytes === null ? 404 : 200, {
      'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
    })
    response.end(bytes ?? '')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server of the site has no port')
  origin = `http://127.0.0.1:${address.port}`
})

afterAll(() => server?.close())

useBrowser()

/** A browser's page that loads nothing from elsewhere. */
async function visit(path: string, view: Parameters<typeof openPage>[0] = {}): Promise<Page> {
  const page = await openPage(view)
  const elsewhere: string[] = []
  page.on('request', request => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
      elsewhere.push(request.url())
  })
  await page.goto(`${origin}/${path}`, { waitUntil: 'load' })
  expect(elsewhere).toEqual([])
  return page
}

test('every link and picture of every page leads to a page, an anchor or a file of the site', async () => {
  const texts = new Map<string, string>(
    await Promise.all(
      PAGES.map(async name => [`/${name}`, await readFile(join(DIST, name), 'utf8')] as const),
    ),
  )
  const broken: string[] = []
  for (const [name, html] of texts)
    for (const [, , url] of html.matchAll(/<(a|img)\b[^>]*? (?:href|src)="([^"]+)"/g)) {
      if (/^(?:https?|mailto|data):/.test(url)) continue
      const { pathname, hash } = new URL(url.replaceAll('&amp;', '&'), `http://site${name}`)
      const target = pathname === '/' ? '/index.html' : pathname
      const html = texts.get(target) ?? texts.get(`${target}.html`)
      const exists =
        html === undefined
          ? await readFile(join(DIST, target)).then(
              () => true,
              () => false,
            )
          : hash === '' || html.includes(` id="${decodeURIComponent(hash.slice(1))}"`)
      if (!exists) broken.push(`${name}: ${url}`)
    }
  expect(broken).toEqual([])
})

test('the search finds "overwrite" in SQL tasks, and opens it', async () => {
  const page = await visit('')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByPlaceholder('Search').fill('overwrite')
  await page.locator('a.result[href*="sql-tasks"]').first().click()
  await expect.poll(() => new URL(page.url()).pathname).toBe('/sql-tasks.html')
})

test.each(PAGES)('%s fits into 360 px, and has no serious fault for people who do not see it', async name => {
  const page = await visit(name)
  expect(await axeFaults(page)).toEqual([])
  await page.setViewportSize({ width: 360, height: 800 })
  expect(await isTooWide(page)).toBe(false)
})

test.each(['index.html', 'sql-tasks.html', 'login.html'])('%s is readable in the dark scheme', async name => {
  expect(await axeFaults(await visit(name, { scheme: 'dark' }))).toEqual([])
})
