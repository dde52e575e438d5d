import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { type Block, BlockPool, type Encoder } from '../../../src/format/index.ts'
import type { ParquetColumn } from '../../../src/format/parquet/index.ts'
import { ParquetEncoder } from '../../../src/format/parquet/parquet-encoder.ts'

/*
 * Feeds rows to the encoder of Parquet as a driver does, with a store that is slower, and prints by how many MB of 1024 * 1024
 * bytes the memory of the process was larger at its peak than before:
 *
 *     parquet-feed CODEC COLUMNS ROWS          rows of short values, in chunks of 64 KiB
 *     parquet-feed CODEC value MEGABYTES ROWS  rows of one value that comes in pieces
 */

const MIB = 1 << 20
const CHUNK_BYTES = 64 * 1024
const BLOCKS = 4
const BLOCK_BYTES = 7 * MIB
const BETWEEN_COLLECTIONS = 4 * MIB

const [codecName, shape, ...sizes] = process.argv.slice(2)
const codec = codecName === 'SNAPPY' || codecName === 'GZIP' || codecName === 'ZSTD' ? codecName : 'NONE'

const memory = (field: 'VmHWM' | 'VmRSS'): number => {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024
}

const stored: Block[] = []
const encoderOf = (columns: readonly ParquetColumn[]): Encoder => {
  const pool = new BlockPool(BLOCK_BYTES, BLOCKS)
  const output = { pool, maxPartBytes: 256 * MIB, emit: (block: Block) => stored.push(block) }
  return new ParquetEncoder(columns, output, { codec, createdBy: 'batchquery version 1.0.0 (build 1.0.0)' })
}

/** The bytes since the last collection: a driver collects the chunks of its socket. */
let received = 0
async function took(bytes: number): Promise<void> {
  received += bytes
  if (received < BETWEEN_COLLECTIONS) return
  received = 0
  global.gc?.({ type: 'minor' })
  await turn()
}

async function waitFor(encoder: Encoder): Promise<void> {
  const storing = setInterval(() => stored.shift()?.release(), 1)
  await encoder.whenReady()
  clearInterval(storing)
}

async function feedRows(columns: number, rows: number): Promise<void> {
  const types: ParquetColumn[] = Array.from({ length: columns }, (_, k) =>
    k % 2 === 0
      ? { name: `c${k}`, type: { kind: 'int', bits: 64, signed: true }, wire: 'text' }
      : { name: `c${k}`, type: { kind: 'string' }, wire: 'raw' },
  )
  const encoder = encoderOf(types)
  const chunk = Buffer.alloc(CHUNK_BYTES)
  const places = new Int32Array(CHUNK_BYTES)
  const batch = Math.max(1, Math.floor(CHUNK_BYTES / 16 / columns))
  const source = columns * 16 > CHUNK_BYTES ? Buffer.alloc(columns * 16) : chunk
  const all = columns * 2 > places.length ? new Int32Array(columns * 2) : places
  for (let row = 0; row < rows; row += batch) {
    let at = 0
    for (let k = 0; k < batch * columns; k++) {
      all[2 * k] = at
      at += source.write(String((row + (k % columns) * 7919) * 31), at, 'latin1')
      all[2 * k + 1] = at
    }
    for (let from = 0; from < batch; ) {
      from += encoder.rows(source, all.subarray(2 * columns * from), batch - from)
      if (from < batch) await waitFor(encoder)
    }
    await took(at)
  }
  await finish(encoder)
}

async function feedLongValues(bytes: number, rows: number): Promise<void> {
  const encoder = encoderOf([{ name: 'v', type: { kind: 'bytes' }, wire: 'raw' }])
  for (let row = 0; row < rows; row++) {
    while (!encoder.startRow(bytes, bytes)) await waitFor(encoder)
    for (let at = 0; at < bytes; at += CHUNK_BYTES) {
      const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
      for (let k = 0; k < CHUNK_BYTES; k += 4) chunk.writeInt32LE(Math.imul(at + k + row, 0x9e3779b1), k)
      const count = Math.min(CHUNK_BYTES, bytes - at)
      while (!encoder.piece(chunk, 0, count, bytes - at - count)) await waitFor(encoder)
      await took(count)
    }
    while (!encoder.endRow()) await waitFor(encoder)
  }
  await finish(encoder)
}

async function finish(encoder: Encoder): Promise<void> {
  const storing = setInterval(() => stored.shift()?.release(), 1)
  await encoder.finish()
  clearInterval(storing)
}

global.gc?.()
const before = memory('VmRSS')
if (shape === 'value') await feedLongValues(Number(sizes[0]) * MIB, Number(sizes[1]))
else await feedRows(Number(shape), Number(sizes[0]))
process.stdout.write(String(Math.round(memory('VmHWM') - before)))
