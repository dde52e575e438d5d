import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ServerFolder } from '../../../packages/batchquery/test/setup/server-folder.ts'
import { BenchError } from '../bench-error.ts'
import { describeMachine } from '../machine.ts'
import type { Options } from '../options.ts'
import { installPeers, readInstalled } from '../peers/installed.ts'
import { type Expected, expectedOf } from '../peers/results.ts'
import { type RunningSource, type Source, startSource } from '../peers/sources.ts'
import { fillTable, type PeerTable, rowsOf, TABLES } from '../peers/tables.ts'
import { measure } from '../process/measure.ts'
import { findNodes } from '../process/node-program.ts'
import { withSection } from '../report/page-sections.ts'
import { parallelSection, parallelTables } from '../report/parallel-section.ts'
import { asText } from '../report/table.ts'
import { say } from '../talk.ts'
import { checkResult } from './check-result.ts'
import { commandOf, exportsOf, LIMITS, nameOf, type Programs, TABLE } from './commands.ts'
import { type LimitedProxy, startLimitedProxy } from './limited-proxy.ts'
import { type ParallelExport, type ParallelRecord, readParallelRecord } from './record.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const RECORD = join(ROOT, '.cache/bench/parallel.json')
const PAGE = join(ROOT, 'docs/benchmarks.md')

/**
 * `npm run bench -- --parallel`: programs export a table by one session and by several, through a proxy that limits each connection, and
 * without a limit. The first round does not count, and checks the results. A complete run writes its section of docs/benchmarks.md.
 *
 * @throws BenchError if a program fails, or if its result is wrong
 */
export async function benchParallel(options: Options): Promise<void> {
  const record = options.report === null ? await measured(options) : await readParallelRecord(options.report)
  process.stdout.write(parallelTables(record).map(asText).join('\n'))
  if (options.report === null && (options.smoke || options.only !== null)) return
  await writeFile(PAGE, withSection(await readFile(PAGE, 'utf8'), parallelSection(record)))
  say(`written: ${relative(ROOT, PAGE)}`)
}

async function measured(options: Options): Promise<ParallelRecord> {
  const table = TABLES.find(({ name }) => name === TABLE)
  if (table === undefined) throw new BenchError(`the bench has no table ${TABLE}`)
  await installPeers()
  const installed = await readInstalled()
  const { peers, rivet } = installed
  if ('leftOut' in peers) throw new BenchError(`DuckDB and ConnectorX are missing: ${peers.leftOut}`)
  if ('leftOut' in rivet) throw new BenchError(`rivet is missing: ${rivet.leftOut}`)
  const [node] = (await findNodes(options)).measured
  const programs = { node: node.path, packages: peers.folder, rivet: rivet.folder }
  const folder = await ServerFolder.create()
  try {
    const run = new ParallelRun(options, table, programs, folder.path)
    const record = await run.begin(node.version)
    for (const name of ['mariadb', 'postgres'] as const) {
      if (run.chosen(name).length === 0) continue
      const running = await startSource(name, options.megabytes, installed)
      if ('leftOut' in running) throw new BenchError(running.leftOut)
      await run.measureSource(running, record).finally(() => running.stop())
    }
    return record
  } finally {
    await folder.close()
  }
}

class ParallelRun {
  readonly #options: Options
  readonly #table: PeerTable
  readonly #programs: Programs
  readonly #folder: string
  readonly #started = Date.now()

  constructor(options: Options, table: PeerTable, programs: Programs, folder: string) {
    this.#options = options
    this.#table = table
    this.#programs = programs
    this.#folder = folder
  }

  async begin(node: string): Promise<ParallelRecord> {
    const { megabytes, rounds } = this.#options
    return {
      ...{ version: 1, startedAt: new Date(this.#started).toISOString(), seconds: 0, node, rounds },
      ...{ machine: await describeMachine(this.#folder), rows: rowsOf(this.#table, megabytes) },
      ...{ sources: [], samples: [] },
    }
  }

  /** The exports of a database that --only selects. */
  chosen(name: ParallelExport['source']): readonly ParallelExport[] {
    return exportsOf(name).filter(exported => this.#options.only?.test(nameOf(exported)) ?? true)
  }

  async measureSource({ source, title }: RunningSource, record: ParallelRecord): Promise<void> {
    if (source.name === 'mysql') throw new BenchError('this benchmark has no MySQL')
    record.sources.push(title)
    say(`filling ${TABLE} of ${title} with ${record.rows} rows`)
    await fillTable(source, this.#table, record.rows)
    const expected = await expectedOf(source, this.#table)
    const proxies = new Map<number, LimitedProxy>()
    try {
      for (const limit of LIMITS) proxies.set(limit, await startLimitedProxy(source.server.port, limit * 1e6))
      for (let round = 0; round <= (this.#options.smoke ? 0 : this.#options.rounds); round++)
        for (const exported of this.chosen(source.name)) {
          const port = exported.limit === null ? source.server.port : proxies.get(exported.limit)?.port
          if (port === undefined) throw new BenchError(`no proxy has the limit ${exported.limit}`)
          await this.#measure(reachedAt(source, port), exported, { round, record, expected })
        }
    } finally {
      for (const proxy of proxies.values()) await proxy.stop()
    }
  }

  async #measure(
    source: Source,
    exported: ParallelExport,
    { round, record, expected }: { round: number; record: ParallelRecord; expected: Expected },
  ): Promise<void> {
    const folder = join(this.#folder, 'export')
    await mkdir(folder)
    try {
      const job = { source, table: TABLE, folder, s3: null }
      const command = await commandOf(job, this.#programs, exported)
      const usage = await measure(command, join(this.#folder, 'times'))
      if (round === 0) await checkResult(exported, folder, this.#table, expected)
      const { seconds, cpuSeconds, peakMegabytes } = usage
      say(
        `round ${round}: ${nameOf(exported)} ${seconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s, ${peakMegabytes.toFixed(0)} MB`,
      )
      if (round === 0) return
      record.samples.push({ ...exported, round, seconds, cpuSeconds, peakMegabytes })
      record.seconds = (Date.now() - this.#started) / 1000
      await mkdir(dirname(RECORD), { recursive: true })
      await writeFile(RECORD, `${JSON.stringify(record, null, 1)}\n`)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** The same server behind a proxy. */
const reachedAt = (source: Source, port: number): Source =>
  source.dialect === 'mysql'
    ? { ...source, server: { ...source.server, port } }
    : { ...source, server: { ...source.server, port } }
