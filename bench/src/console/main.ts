import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { endKey, indexKey } from '../../../packages/batchquery/dist/run/index-keys.js'
import { asText, shown } from '../report/table.ts'
import { median } from '../statistics.ts'

/**
 * `npm run bench:console`: how long the list of `batchquery ui` takes until its rows can be seen, and until they can be seen after a jump to
 * other rows, in a home bucket with 10,000 runs. The store is a directory. The target of the first one is 1 s.
 */

const RUNS = 10_000
const ROUNDS = 9
const BUCKET = 'batchquery-s3'
const PROGRAM = fileURLToPath(new URL('../../../packages/batchquery/bin/batchquery.js', import.meta.url))

interface Round {
  readonly open: number
  readonly jump: number
}

async function main(): Promise<void> {
  const store = await mkdtemp(join(tmpdir(), 'batchquery-console-'))
  try {
    await fill(store)
    const console = spawn(process.execPath, [PROGRAM, 'ui', '--store', store, '--bucket', BUCKET])
    const [first] = await once(console.stdout, 'data')
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
    try {
      const rounds: Round[] = []
      // The first round fills caches, and does not count.
      for (let round = 0; round <= ROUNDS; round++) rounds.push(await measure(browser, String(first).trim()))
      print(rounds.slice(1))
    } finally {
      await browser.close()
      console.kill('SIGINT')
    }
  } finally {
    await rm(store, { recursive: true, force: true })
  }
}

/** Only the index: the list reads no record of a run that has ended. */
async function fill(store: string): Promise<void> {
  const start = Date.now() - RUNS * 60_000
  const facts = { startedMs: 900, tookMs: 12_345, rows: 1_000_000, bytes: 149_000_000, charged: null }
  const end = { state: 'SUCCEEDED', code: null, task: 'report.sql', database: 'main', facts } as const
  for (let number = 0; number < RUNS; number++) {
    const run = { id: `run-${number}`, createdAt: new Date(start + number * 60_000) }
    for (const key of [indexKey(run.createdAt, run.id), endKey(run, end)]) {
      const path = join(store, BUCKET, key)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, '')
    }
  }
}

async function measure(browser: Browser, url: string): Promise<Round> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  try {
    const page = await context.newPage()
    const begun = performance.now()
    await page.goto(url)
    await page.getByRole('link', { name: `run-${RUNS - 1}`, exact: true }).waitFor()
    const open = performance.now() - begun
    const box = page.getByRole('region', { name: 'Runs' })
    const jumped = performance.now()
    await box.evaluate(element => element.scrollTo(0, element.scrollHeight / 2))
    // Half of the first 500 rows, which the page has.
    await page
      .getByRole('link', { name: /^run-97\d\d$/ })
      .first()
      .waitFor()
    return { open, jump: performance.now() - jumped }
  } finally {
    await context.close()
  }
}

function print(rounds: readonly Round[]): void {
  const row = (what: string, values: readonly number[], target: string) => [
    what,
    shown(median(values), 0),
    shown(Math.max(...values), 0),
    target,
  ]
  const rows = [
    row(
      'the list appears',
      rounds.map(({ open }) => open),
      '1000',
    ),
    row(
      'other rows appear after a jump',
      rounds.map(({ jump }) => jump),
      '',
    ),
  ]
  const title = `The list of ${RUNS} runs, ${rounds.length} rounds`
  process.stdout.write(asText({ title, head: ['', 'median, ms', 'longest, ms', 'target, ms'], rows }))
}

await main()
