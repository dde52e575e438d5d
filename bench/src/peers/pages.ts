import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writePicture } from '../pictures.ts'
import { withSection } from '../report/page-sections.ts'
import { peersBars } from '../report/peers-bars.ts'
import { peersPage, peersSection } from '../report/peers-page.ts'
import { say } from '../talk.ts'
import type { PeersRecord } from './record.ts'

/** Writes docs/benchmarks-parquet.md, the section of docs/benchmarks.md, and the picture with its data. */
export async function writePages(root: string, record: PeersRecord): Promise<void> {
  const summary = join(root, 'docs/benchmarks.md')
  await writeFile(join(root, 'docs/benchmarks-parquet.md'), peersPage(record))
  await writeFile(summary, withSection(await readFile(summary, 'utf8'), peersSection(record)))
  await writePicture(root, 'peers', peersBars(record))
  say('written: docs/benchmarks-parquet.md, docs/benchmarks.md, docs/pictures/peers.svg')
}
