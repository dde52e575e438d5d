import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BenchError } from './bench-error.ts'
import { type Options, parseOptions, USAGE, writesReport } from './options.ts'
import { readPrices } from './prices.ts'
import { findNodes } from './process/node-program.ts'
import { type BenchRecord, readRecord } from './record.ts'
import { reportAsMarkdown, reportAsText } from './report/report.ts'
import { runBench } from './run-bench.ts'
import { allScenarios } from './scenarios/all.ts'
import { sizesOf } from './sizes.ts'
import { say } from './talk.ts'

const WORKSPACE = fileURLToPath(new URL('../..', import.meta.url))
const RECORDS = join(WORKSPACE, '.cache/bench')
const REPORT = join(WORKSPACE, 'docs/benchmarks.md')

/** `npm run bench`. */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(`${USAGE}\n`)
    return
  }
  if (options.list) return list(options)
  const record = options.report === null ? await measured(options) : await readRecord(options.report)
  const prices = await readPrices()
  const [text, markdown] = [reportAsText(record, prices), reportAsMarkdown(record, prices)]
  // times of tiny tables say nothing
  if (!options.smoke) process.stdout.write(`${text}\n`)
  if (options.report === null && !writesReport(options)) return
  await writeFile(REPORT, markdown)
  say(`written: ${relative(WORKSPACE, REPORT)}`)
}

async function list(options: Options): Promise<void> {
  const scenarios = allScenarios(await findNodes(options.node), sizesOf(options))
  process.stdout.write(`${[...new Set(scenarios.map(({ id }) => id))].join('\n')}\n`)
}

/** Every sample is kept, whatever becomes of the report. */
async function measured(options: Options): Promise<BenchRecord> {
  const record = await runBench(options)
  await mkdir(RECORDS, { recursive: true })
  const file = join(RECORDS, `${record.startedAt.replace(/[-:]|\.\d+/g, '')}.json`)
  await writeFile(file, `${JSON.stringify(record, null, 1)}\n`)
  say(`every sample is in ${relative(WORKSPACE, file)}`)
  return record
}

try {
  await main()
} catch (error) {
  process.exitCode = 1
  if (!(error instanceof BenchError)) throw error
  process.stderr.write(`bench: ${error.message}\n`)
}
