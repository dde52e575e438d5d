import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startS3 } from '../../../packages/batchquery/test/setup/radosgw.ts'
import { ServerFolder } from '../../../packages/batchquery/test/setup/server-folder.ts'
import { describeMachine } from '../machine.ts'
import { Objects } from '../objects.ts'
import type { Options } from '../options.ts'
import { findNodes } from '../process/node-program.ts'
import { peersTables } from '../report/peers-tables.ts'
import { asText } from '../report/table.ts'
import { say } from '../talk.ts'
import { allCandidates } from './candidates/all.ts'
import { installPeers, readInstalled } from './installed.ts'
import { writePages } from './pages.ts'
import { PeersRun } from './peers-run.ts'
import { type PeersRecord, readPeersRecord } from './record.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const RECORD = join(ROOT, '.cache/bench/peers.json')
const S3_BYTES = 4 * 1024 ** 3

/**
 * `npm run bench -- --peers`: batchquery and other programs export whole tables as Parquet files to a directory and
 * to S3, in turn. A complete run writes docs/benchmarks-parquet.md and its section of docs/benchmarks.md. A program
 * that fails is a line of the tables, and not a failure of the benchmark.
 */
export async function benchPeers(options: Options): Promise<void> {
  const record = options.report === null ? await measured(options) : await readPeersRecord(options.report)
  process.stdout.write(peersTables(record).map(asText).join('\n'))
  if (options.report === null && (options.smoke || options.only !== null)) return
  await writePages(ROOT, record)
}

async function measured(options: Options): Promise<PeersRecord> {
  await installPeers()
  const installed = await readInstalled()
  const nodes = await findNodes({ ...options, smoke: false })
  const folder = await ServerFolder.create()
  const s3 = await startS3({ capacityBytes: S3_BYTES })
  try {
    const objects = new Objects(s3.server)
    await objects.makeBucket()
    const { candidates, leftOut } = allCandidates(nodes, installed)
    for (const { name, reason } of leftOut) say(`left out: ${name}: ${reason}`)
    const peers = new PeersRun({
      place: { folder: folder.path, s3, objects },
      ...{ options, installed, candidates, leftOut, keep },
      machine: await describeMachine(folder.path),
      nodes: [...new Set([...nodes.measured, nodes.zstd].map(({ version }) => version))],
    })
    await peers.measureAll()
    say(`every sample is in ${relative(ROOT, RECORD)}`)
    return peers.record
  } finally {
    await s3.stop()
    await folder.close()
  }
}

/** Saves every sample at once, so that a run that ends early keeps them. */
async function keep(record: PeersRecord): Promise<void> {
  await mkdir(dirname(RECORD), { recursive: true })
  await writeFile(RECORD, `${JSON.stringify(record, null, 1)}\n`)
}
