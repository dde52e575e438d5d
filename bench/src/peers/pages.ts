import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writePicture } from '../pictures.ts'
import { peersBars } from '../report/peers-bars.ts'
import { peersPage, peersSection, SECTION_HEADING } from '../report/peers-page.ts'
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

/** The page with this section in place of its former version. A page without one gets it after its first part. */
export function withSection(page: string, section: string): string {
  const start = page.indexOf(`${SECTION_HEADING}\n`)
  if (start >= 0) {
    const end = page.indexOf('\n## ', start + 1)
    return `${page.slice(0, start)}${section.trim()}\n${end < 0 ? '' : page.slice(end)}`
  }
  const first = page.indexOf('\n## ')
  return first < 0
    ? `${page.trimEnd()}\n\n${section.trim()}\n`
    : `${page.slice(0, first + 1)}${section.trim()}\n${page.slice(first)}`
}

/** The section of a page, with its heading. Null if there is none. */
export function sectionOf(page: string): string | null {
  const start = page.indexOf(`${SECTION_HEADING}\n`)
  if (start < 0) return null
  const end = page.indexOf('\n## ', start + 1)
  return page.slice(start, end < 0 ? undefined : end).trim()
}
