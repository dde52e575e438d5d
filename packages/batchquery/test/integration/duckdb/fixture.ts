import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Session, StreamOptions } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import {
  BlockPool,
  DEFAULT_TEXT_LAYOUT,
  type FormatColumn,
  type TextLayout,
} from '../../../src/format/index.ts'
import { streamOptions as optionsOf, type WritingInBlocks } from '../../setup/stream-options.ts'
import { referenceRow } from '../../unit/format/outfile-reference.ts'

/** A new folder of this test, removed after it. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'duckdb-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A session of this test on a database in memory, or in the file. */
export async function open(path = ':memory:'): Promise<Session> {
  const session = await new DuckdbDatabase(path, { lockWaitMs: 0 }).connect()
  onTestFinished(() => session.close())
  return session
}

/** The named pipes that still exist. */
export async function fifos(): Promise<string[]> {
  return (await readdir(tmpdir())).filter(name => name.startsWith('batchquery-fifo-'))
}

export const streamOptions = (options: WritingInBlocks = {}): StreamOptions =>
  optionsOf({ pool: new BlockPool(256 * 1024, 4), ...options })

export interface Collected {
  readonly text: Buffer
  readonly rowsRead: number
  readonly rowsEnded: number
  readonly parts: readonly Buffer[]
}

/** Reads a stream to its end. */
export async function collect(
  session: Session,
  sql: string,
  options: WritingInBlocks = {},
): Promise<Collected> {
  const stream = await session.stream(sql, streamOptions(options))
  const parts: Buffer[][] = [[]]
  let rowsEnded = 0
  for await (const block of stream) {
    parts.at(-1)?.push(Buffer.from(block.bytes))
    if (block.endsPart) parts.push([])
    rowsEnded += block.rowsEnded
    block.release()
  }
  const joined = parts.map(blocks => Buffer.concat(blocks))
  return { text: Buffer.concat(joined), rowsRead: stream.rowsRead, rowsEnded, parts: joined }
}

/** The output of OUTFILE for DuckDB's texts, by the tests' own reference. */
export function outfile(
  kinds: readonly FormatColumn['kind'][],
  rows: readonly (readonly (string | null)[])[],
  layout: Partial<TextLayout> = {},
): Buffer {
  const columns = kinds.map(
    (kind): FormatColumn => ({ name: Buffer.alloc(0), kind, encoding: 'utf8', isLarge: false }),
  )
  const whole = { ...DEFAULT_TEXT_LAYOUT, ...layout }
  const lines = rows.map(row =>
    referenceRow(
      columns,
      whole,
      row.map(value => (value === null ? null : Buffer.from(value))),
    ),
  )
  return Buffer.from(lines.join(''), 'latin1')
}

/** Another process that has the file open. */
export async function holder(path: string): Promise<{ pid: number; release: () => Promise<void> }> {
  const script = `
    const { DuckDBInstance } = require('@duckdb/node-api')
    DuckDBInstance.create(process.argv[1]).then(instance => {
      console.log('open')
      process.stdin.on('end', () => instance.closeSync()).resume()
    })`
  const child = spawn(process.execPath, ['-e', script, path], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const release = async () => {
    const over = child.exitCode === null ? once(child, 'exit') : null
    child.stdin.end()
    await over
  }
  onTestFinished(release)
  await once(child.stdout, 'data')
  return { pid: child.pid ?? 0, release }
}
