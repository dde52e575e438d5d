import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** A foreign name that an attacker has pointed at 127.0.0.1. */
export const REBOUND = 'rebound.example'

let browser: Browser

/** Starts Chromium for the tests of a file. */
export function useBrowser(): void {
  beforeAll(async () => {
    // Root has no sandbox.
    const args = ['--no-sandbox', `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`]
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
  }, 60_000)
  afterAll(() => browser?.close())
}

interface View {
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
  readonly locale?: string
  /** The test opens pages of an attacker. The browser may report what it refuses to them. */
  readonly isHostile?: boolean
}

/** A page of a browser without history. The test fails if the page reports an error or breaks its policy. */
export async function openPage({
  width = 1280,
  height = 800,
  scheme = 'light',
  locale = 'en-US',
  isHostile = false,
}: View = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    locale,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', error => faults.push(String(error)))
  page.on('console', message => {
    // A refused request is an answer, which the page shows.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      faults.push(message.text())
  })
  page.on('dialog', dialog => {
    faults.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  onTestFinished(async () => {
    await context.close()
    if (!isHostile) expect(faults).toEqual([])
  })
  return page
}

/** Serious and critical faults that axe finds. */
export async function axeFaults(page: Page): Promise<readonly string[]> {
  // The policy of the page forbids an injected script, but not what the debugger evaluates.
  await page.evaluate(await readFile(AXE, 'utf8'))
  const found: unknown = await page.evaluate(
    `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.map(node => node.html.slice(0, 200)).join(' | ')))`,
  )
  return Array.isArray(found) ? found.map(String) : [String(found)]
}

/** Whether the page scrolls sideways. */
export const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
