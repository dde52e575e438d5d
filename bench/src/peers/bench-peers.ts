import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ServerFolder } from '../../../packages/batchquery/test/setup/server-folder.ts'
import { Bench } from '../bench.ts'
import { describeMachine } from '../machine.ts'
import { BUCKET, Objects } from '../objects.ts'
import type { Options } from '../options.ts'
import { findNodes } from '../process/node-program.ts'
import { asMarkdown, asText, type Table } from '../report/table.ts'
import { startServers } from '../servers.ts'
import { sizesOf } from '../sizes.ts'
import { say } from '../talk.ts'
import { type Candidate, candidates, resultBytes, type Source } from './candidates.ts'
import { type PeerSample, peersPage, peersTables } from './report.ts'
import { serverCpuSeconds } from './server-cpu.ts'
import { fillTables, TABLES, type TableName, typedRows } from './tables.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PAGE = join(ROOT, 'docs/benchmarks-parquet.md')
const RECORDS = join(ROOT, '.cache/bench')
const PACKAGES = join(ROOT, '.cache/witnesses/peers')

/**
 * `npm run bench -- --peers`: whole tables as Parquet files in a directory, by batchquery and by programs of others, in turn. Complete runs
 * write docs/benchmarks-parquet.md.
 *
 * @throws BenchError if a program fails
 */
export async function benchPeers(options: Options): Promise<void> {
  const packages = await preparePackages()
  const nodes = await findNodes({ ...options, smoke: false })
  const folder = await ServerFolder.create()
  const servers = await startServers(options.megabytes * 3)
  try {
    const bench = new Bench({
      servers,
      objects: new Objects(servers.s3),
      nodes,
      smoke: options.smoke,
      folder: folder.path,
    })
    const machine = await describeMachine(folder.path)
    say('filling the tables')
    await fillTables(servers, sizesOf(options), typedRows(options.megabytes))
    const [main] = nodes.measured
    const chosen = candidates(main, nodes.zstd, packages)
    const samples = await measureAll(bench, chosen, options)
    const tables: readonly Table[] = peersTables(samples)
    process.stdout.write(tables.map(asText).join('\n'))
    await mkdir(RECORDS, { recursive: true })
    await writeFile(join(RECORDS, 'peers.json'), `${JSON.stringify(samples, null, 1)}\n`)
    if (!options.smoke && options.only === null)
      await writeFile(PAGE, peersPage({ machine, options, nodes, tables: tables.map(asMarkdown) }))
  } finally {
    await servers.stop()
    await folder.close()
  }
}

/** Lets the set-up install the programs of others. Returns the folder of their packages. */
async function preparePackages(): Promise<string> {
  await run(process.execPath, ['scripts/setup.mjs', '--peers'], { cwd: ROOT })
  const [version] = await readdir(PACKAGES)
  return join(PACKAGES, version)
}

async function measureAll(
  bench: Bench,
  chosen: readonly Candidate[],
  { rounds, only }: Options,
): Promise<readonly PeerSample[]> {
  const samples: PeerSample[] = []
  const sources: readonly Source[] = ['mysql', 'postgres']
  for (const source of sources)
    for (const table of TABLES)
      for (let round = 1; round <= rounds; round++)
        for (const candidate of chosen) {
          const name = `${source}/${table}/${candidate.title}`
          if (only !== null && !only.test(name)) continue
          const sample = await measureOne(bench, candidate, source, table)
          samples.push(sample)
          const { seconds, clientCpuSeconds, peakMegabytes } = sample
          say(
            `round ${round} ${name}: ${seconds.toFixed(2)} s, CPU ${clientCpuSeconds.toFixed(2)} s, ${peakMegabytes.toFixed(0)} MB`,
          )
        }
  return samples
}

function measureOne(
  bench: Bench,
  candidate: Candidate,
  source: Source,
  table: TableName,
): Promise<PeerSample> {
  return bench.withPath(async folder => {
    await mkdir(join(folder, BUCKET), { recursive: true })
    const before = await serverCpuSeconds(bench.servers, source)
    const usage = await bench.measure(candidate.command(bench, source, table, folder))
    const after = await serverCpuSeconds(bench.servers, source)
    return {
      source,
      table,
      title: candidate.title,
      seconds: usage.seconds,
      clientCpuSeconds: usage.cpuSeconds,
      serverCpuSeconds: after - before,
      peakMegabytes: usage.peakMegabytes,
      fileBytes: await resultBytes(folder),
    }
  })
}
