import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startS3 } from '../../../packages/batchquery/test/setup/radosgw.ts'
import { ServerFolder } from '../../../packages/batchquery/test/setup/server-folder.ts'
import { BenchError } from '../bench-error.ts'
import { describeMachine } from '../machine.ts'
import { Objects } from '../objects.ts'
import type { Options } from '../options.ts'
import { installPeers, readInstalled } from '../peers/installed.ts'
import type { Workplace } from '../peers/measure-peers.ts'
import { type RunningSource, startSource, withSession } from '../peers/sources.ts'
import { measure } from '../process/measure.ts'
import { findNodes } from '../process/node-program.ts'
import { withSection } from '../report/page-sections.ts'
import { partitionsSection, partitionsTables } from '../report/partitions-section.ts'
import { asText } from '../report/table.ts'
import { say } from '../talk.ts'
import { checkResult } from './check-result.ts'
import { commandOf, EXPORTS, nameOf, type Programs } from './commands.ts'
import { type PartitionsRecord, type PartitionsSample, readPartitionsRecord } from './record.ts'
import { createSales, SALES, sizeOfSales } from './sales-table.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const RECORD = join(ROOT, '.cache/bench/partitions.json')
const PAGE = join(ROOT, 'docs/benchmarks.md')
const S3_BYTES = 8 * 1024 ** 3

/**
 * `npm run bench -- --partitions`: batchquery and DuckDB export a table of MariaDB with and without partitions, in turn. The first round
 * does not count, and checks the results. A complete run writes its section of docs/benchmarks.md.
 *
 * @throws BenchError if a program fails, or if its result is wrong
 */
export async function benchPartitions(options: Options): Promise<void> {
  const record =
    options.report === null ? await measured(options) : await readPartitionsRecord(options.report)
  process.stdout.write(partitionsTables(record).map(asText).join('\n'))
  if (options.report === null && (options.smoke || options.only !== null)) return
  await writeFile(PAGE, withSection(await readFile(PAGE, 'utf8'), partitionsSection(record)))
  say(`written: ${relative(ROOT, PAGE)}`)
}

async function measured(options: Options): Promise<PartitionsRecord> {
  await installPeers()
  const { peers, mysql } = await readInstalled()
  if ('leftOut' in peers) throw new BenchError(`DuckDB is missing: ${peers.leftOut}`)
  const [node] = (await findNodes(options)).measured
  const running = await startSource('mariadb', options.megabytes * 2, { mysql })
  if ('leftOut' in running) throw new BenchError(running.leftOut)
  const folder = await ServerFolder.create()
  const s3 = await startS3({ capacityBytes: S3_BYTES })
  try {
    const objects = new Objects(s3.server)
    await objects.makeBucket()
    const place = { folder: folder.path, s3, objects }
    const programs = { node: node.path, packages: peers.folder }
    return await measureAll(place, running, programs, node.version, options)
  } finally {
    await s3.stop()
    await folder.close()
    await running.stop()
  }
}

async function measureAll(
  place: Workplace,
  { source, title }: RunningSource,
  programs: Programs,
  node: string,
  { rounds, megabytes, only, smoke }: Options,
): Promise<PartitionsRecord> {
  const size = sizeOfSales(megabytes)
  say(`filling ${SALES} with ${size.rows} rows of ${size.partitions} partitions`)
  await withSession(source, session => session.query(createSales(size)))
  const started = Date.now()
  const machine = await describeMachine(place.folder)
  const samples: PartitionsSample[] = []
  const record = (): PartitionsRecord => ({
    ...{ version: 1, startedAt: new Date(started).toISOString(), seconds: (Date.now() - started) / 1000 },
    ...{ machine, node, source: title, ...size, rounds, samples },
  })
  const chosen = EXPORTS.filter(exported => only?.test(nameOf(exported)) ?? true)
  for (let round = 0; round <= (smoke ? 0 : rounds); round++)
    for (const exported of chosen) {
      const usage = await withFolder(place, async folder => {
        const command = await commandOf(place, source, programs, exported, folder)
        const usage = await measure(command, join(place.folder, 'times'))
        if (round === 0 && exported.target === 'directory') await checkResult(exported, folder, size)
        return usage
      })
      const { seconds, cpuSeconds, peakMegabytes } = usage
      say(
        `round ${round}: ${nameOf(exported)} ${seconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s, ${peakMegabytes.toFixed(0)} MB`,
      )
      if (round === 0) continue
      samples.push({ ...exported, round, seconds, cpuSeconds, peakMegabytes })
      await mkdir(dirname(RECORD), { recursive: true })
      await writeFile(RECORD, `${JSON.stringify(record(), null, 1)}\n`)
    }
  return record()
}

/** Removes afterwards what a program has written to the folder and to S3. */
async function withFolder<T>(
  { folder, s3, objects }: Workplace,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const own = join(folder, 'export')
  await mkdir(own)
  try {
    return await work(own)
  } finally {
    await rm(own, { recursive: true, force: true })
    while ((await objects.list()).length > 0) await objects.clear()
    await s3.collectGarbage()
  }
}
