import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BenchError } from './bench-error.ts'
import { benchJobs } from './jobs/bench-jobs.ts'
import { benchLoops } from './loops/bench-loops.ts'
import { type Options, parseOptions, USAGE, writesReport } from './options.ts'
import { benchParallel } from './parallel/bench-parallel.ts'
import { benchPartitions } from './partitions/bench-partitions.ts'
import { benchPeers } from './peers/bench-peers.ts'
import { writePicture } from './pictures.ts'
import { readPrices } from './prices.ts'
import { findNodes } from './process/node-program.ts'
import { type BenchRecord, readRecord } from './record.ts'
import { exportsBars } from './report/exports-bars.ts'
import { Figures } from './report/figures.ts'
import { sectionOf, withSection } from './report/page-sections.ts'
import { PARALLEL_HEADING } from './report/parallel-section.ts'
import { PARTITIONS_HEADING } from './report/partitions-section.ts'
import { SECTION_HEADING } from './report/peers-page.ts'
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
  if (options.loops) return benchLoops(options)
  if (options.jobs) return benchJobs(options)
  if (options.peers) return benchPeers(options)
  if (options.partitions) return benchPartitions(options)
  if (options.parallel) return benchParallel(options)
  const record = options.report === null ? await measured(options) : await readRecord(options.report)
  if (options.report !== null && record.options.smoke)
    throw new BenchError(`${options.report} was measured with --smoke, whose times mean nothing`)
  const prices = await readPrices()
  const [text, markdown] = [reportAsText(record, prices), reportAsMarkdown(record, prices)]
  // Times of tiny tables mean nothing.
  if (options.smoke) say(`all ${record.samples.length} measurements made, all output is correct`)
  else process.stdout.write(`${text}\n`)
  if (options.report === null && !writesReport(options)) return
  // Three sections are of other runs: `--parallel`, `--partitions` and `--peers`. Each one comes first when it is added.
  const before = await readFile(REPORT, 'utf8')
  const sections = [PARALLEL_HEADING, PARTITIONS_HEADING, SECTION_HEADING].map(heading =>
    sectionOf(before, heading),
  )
  const page = sections.reduce<string>(
    (text, section) => (section === null ? text : withSection(text, section)),
    markdown,
  )
  await writeFile(REPORT, page)
  await writePicture(WORKSPACE, 'exports', exportsBars(new Figures(record)))
  say(`written: ${relative(WORKSPACE, REPORT)}, docs/pictures/exports.svg`)
}

async function list(options: Options): Promise<void> {
  const scenarios = allScenarios(await findNodes(options), sizesOf(options))
  process.stdout.write(`${[...new Set(scenarios.map(({ id }) => id))].join('\n')}\n`)
}

/** Saves every sample at once, so that a failing run keeps them. */
async function measured(options: Options): Promise<BenchRecord> {
  await mkdir(RECORDS, { recursive: true })
  const record = await runBench(options, async soFar => {
    await writeFile(recordFile(soFar), `${JSON.stringify(soFar, null, 1)}\n`)
  })
  say(`every sample is in ${relative(WORKSPACE, recordFile(record))}`)
  return record
}

const recordFile = ({ startedAt }: BenchRecord): string =>
  join(RECORDS, `${startedAt.replace(/[-:]|\.\d+/g, '')}.json`)

try {
  await main()
} catch (error) {
  process.exitCode = 1
  if (!(error instanceof BenchError)) throw error
  process.stderr.write(`bench: ${error.message}\n`)
}
