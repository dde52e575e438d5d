// The loops that process nearly all bytes of an export, without server, socket and store: the bytes of an answer are
// in memory, and pass through the built package's own modules again and again. `--against` also runs this program as built in
// other builds, each with its own imports. So the options and the report must not change.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { BlockPool } from '../../../packages/batchquery/dist/format/index.js'
import { useLeanMemory } from '../../../packages/batchquery/dist/platform/index.js'
import { readArguments } from './arguments.ts'
import { type Emit, EncodedReading, MysqlReading, PostgresReading, type Reading } from './loop-readings.ts'

/**
 * The program prints this as a line of JSON once it is warm. After that it answers each line of input with a
 * `LoopTurn`.
 */
export interface LoopReport {
  /** The rows that one pass reads, and its output. */
  readonly rows: number
  readonly bytes: number
  /** The hash of the output of one pass, lower-case hexadecimal. */
  readonly sha256: string
}

export interface LoopTurn {
  /** User and system time of all threads. */
  readonly cpuSeconds: number
}

/** The most that TLS delivers at once. */
const CHUNK_BYTES = 16 * 1024
/** Small. The buffer that was released last is filled next, so the caches of the processor contain it. */
const POOL = [256 * 1024, 4] as const
/** The place of the count of columns in the answer to a COPY. */
const COLUMNS_AT = 6
/** Until the compiler has compiled everything. */
const WARM_UP_PASSES = 200

// As in the runner.
useLeanMemory()

const { dialect, format, input, passes } = readArguments('dialect', 'format', 'input', 'passes')
/** The passes per turn. */
const turnPasses = Number(passes)
const chunks = chunksOf(readFileSync(input))
const pool = new BlockPool(...POOL)

const hash = createHash('sha256')
let bytes = 0
const { rows } = pass(block => {
  bytes += block.bytes.length
  hash.update(block.bytes)
  block.release()
})
const release: Emit = block => block.release()
for (let done = 0; done < WARM_UP_PASSES; done++) pass(release)
const report: LoopReport = { rows, bytes, sha256: hash.digest('hex') }
say(report)
// The bench has ended when the input ends.
for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage()
  for (let done = 0; done < turnPasses; done++) pass(release)
  const { user, system } = process.cpuUsage(before)
  const turn: LoopTurn = { cpuSeconds: (user + system) / 1e6 }
  say(turn)
}

function say(line: LoopReport | LoopTurn): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Each chunk has its own memory, like a chunk from a socket. */
function chunksOf(answer: Buffer): readonly Buffer[] {
  const count = Math.ceil(answer.length / CHUNK_BYTES)
  return Array.from({ length: count }, (_, at) =>
    Buffer.from(answer.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES)),
  )
}

function pass(emit: Emit): Reading {
  const reading = open(emit)
  for (const chunk of chunks) reading.take(chunk)
  if (!reading.hasEnded) throw new Error(`${input} is not read to its end`)
  return reading
}

function open(emit: Emit): Reading {
  const isJson = format === 'JSON'
  if (dialect === 'postgres')
    return isJson
      ? new EncodedReading(chunks[0].readUInt16BE(COLUMNS_AT), pool, emit)
      : new PostgresReading(pool, emit)
  return new MysqlReading(isJson ? 'JSON' : format === 'CSV' ? 'CSV' : 'TEXT', pool, emit)
}
