import { join } from 'node:path'
import { setTimeout, setImmediate as turn } from 'node:timers/promises'
import { GCProfiler } from 'node:v8'
import { openDatabase } from '../../../src/config/index.ts'
import { isDialect } from '../../../src/database/dialects.ts'
import { compressionOf } from '../../../src/export/compression.ts'
import { recoveryIn } from '../../../src/export/index.ts'
import { PartWriter } from '../../../src/export/part-writer.ts'
import { BlockPool, BlockWriter } from '../../../src/format/index.ts'
import { Log } from '../../../src/platform/index.ts'
import { type OwnedRun, RunStore } from '../../../src/run/index.ts'
import { JoinedWork } from '../../../src/run/joined-run.ts'
import { DirectoryStore, S3Store, type StagedObject, type Store } from '../../../src/store/index.ts'
import { streamOptions } from '../../setup/stream-options.ts'

/*
 * Runs one stage of an export's path in a separate process, and reports its use of memory:
 *
 *     growing FOLDER STAGE WARM-UP STEPS
 *
 * Prints JSON, as `Growth`. Databases and S3 come from the environment, as in other programs.
 */
export interface Growth {
  /** Bytes of the heap that are in use after the steps and were not before, after a garbage collection. */
  readonly inUse: number
  /** The same for the memory of buffers. */
  readonly buffers: number
  /** Bytes of the heap that the steps have allocated, and mostly released. */
  readonly taken: number
}

/** Does this many steps of a stage. May be called again. */
type Stage = (steps: number) => Promise<void>

const BLOCK_BYTES = 512
/** The least that the reader of MySQL accepts. */
const MYSQL_BLOCK_BYTES = 36 * 1024
const BLOCKS = 4
/** The number of concurrent steps, if the stage allows them. */
const AT_ONCE = 16

const [folder = '', name = '', warmUp = '0', steps = '0'] = process.argv.slice(2)
const directory = (): Store => new DirectoryStore(join(folder, 'store'))
const address = { bucket: 'b', key: 'out/r.part_00000' }

async function writes(object: StagedObject): Promise<Stage> {
  const bytes = Buffer.alloc(64, 'x')
  return async steps => {
    for (let step = 0; step < steps; step += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, () => object.write(bytes)))
  }
}

/** Blocks from a writer that receives endless rows. */
async function* blocks(count: number): AsyncGenerator<Parameters<PartWriter['writeBlock']>[0]> {
  const pool = new BlockPool(BLOCK_BYTES, BLOCKS)
  const ready: Parameters<PartWriter['writeBlock']>[0][] = []
  const writer = new BlockWriter(pool, Number.MAX_SAFE_INTEGER, block => ready.push(block))
  for (let given = 0; given < count; ) {
    while (ready.length === 0) {
      if (!writer.reserve(64)) {
        await pool.whenFree()
        continue
      }
      writer.at += writer.buffer.write(`${'x'.repeat(63)}\n`, writer.at)
      writer.endRow()
    }
    for (const block of ready.splice(0)) {
      given++
      yield block
    }
  }
  for (const block of ready) block.release()
}

const part = async (compression: 'NONE' | 'GZIP'): Promise<Stage> => {
  const object = await directory().stage(address, 'r1')
  const writer = new PartWriter(object, 'file:///out/r.part_00000', compressionOf(compression))
  return async steps => {
    for await (const block of blocks(steps)) writer.writeBlock(block)
  }
}

const reader = async (url: string, query: string, blockBytes = BLOCK_BYTES): Promise<Stage> => {
  const session = await (await openDatabase(url, process.env, folder)).connect('batchquery growing')
  const pool = new BlockPool(blockBytes, BLOCKS)
  const stream = await session.stream(query, streamOptions({ pool }))
  const iterator = stream[Symbol.asyncIterator]()
  return async steps => {
    for (let step = 0; step < steps; step++) {
      const next = await iterator.next()
      if (next.done) throw new Error('the result is too short')
      next.value.release()
    }
  }
}

async function ownedRun(): Promise<OwnedRun> {
  const store = directory()
  const runs = new RunStore(store, 'home', { recovery: recoveryIn(store), logFlushMs: 50, heartbeatMs: 50 })
  const run = await runs.claim(
    {
      id: 'r1',
      task: { bucket: 'home', key: 'script/a.sql' },
      args: [],
      params: {},
      request: { database: null, timeoutSeconds: null, pin: null },
      engine: { name: 'local' },
      createdAt: new Date(),
    },
    { host: 'here', pid: process.pid, version: '0.1.0' },
    log,
  )
  await run.start({ versionId: null, sha256: '00ff' })
  return run
}

const log = new Log('quiet', () => {})
const uri = 's3://home/out/r'
const tokenOf = (step: number) => ({
  kind: 's3' as const,
  bucket: 'home',
  key: `out/r.part_${String(step).padStart(5, '0')}`,
  owner: 'r1',
  handle: `${'0'.repeat(32)}:upload-${step}`,
})

const partOf = (number: number) => ({
  uri: `${uri}.part_${number}`,
  token: tokenOf(number),
  rows: 1,
  bytes: 1,
  headerBytes: 0,
  sha256: '0'.repeat(64),
})

const STAGES: Readonly<Record<string, () => Promise<Stage>>> = {
  directory: async () => writes(await directory().stage(address, 'r1')),
  s3: async () => {
    const { BATCHQUERY_BUCKET: bucket = '' } = process.env
    return writes(await new S3Store().stage({ ...address, bucket }, 'r1'))
  },
  queue: async () => async steps => {
    for await (const block of blocks(steps)) block.release()
  },
  part: () => part('NONE'),
  'compressed part': () => part('GZIP'),
  mysql: () =>
    reader(
      process.env.URL_OF_MYSQL ?? '',
      "SELECT REPEAT('x', 900) FROM seq_1_to_10000000",
      MYSQL_BLOCK_BYTES,
    ),
  postgres: () =>
    reader(process.env.URL_OF_POSTGRES ?? '', "SELECT repeat('x', 500) FROM generate_series(1, 10000000)"),
  duckdb: () => reader('duckdb::memory:', "SELECT repeat('x', 500) FROM range(10000000)"),
  log: async () => {
    await ownedRun()
    const runs = new RunStore(directory(), 'home')
    let said = 0
    return async steps => {
      for (let step = 0; step < steps; step++) {
        log.info(`line ${++said} of a log that has many of them, ${'and is long'.repeat(8)}`)
        if (step % 1_000 === 0) await turn()
      }
      const last = `line ${said} of a log`
      for (let isWritten = false; !isWritten; await setTimeout(50))
        for await (const text of runs.readLog('r1')) isWritten ||= text.includes(last)
    }
  },
  progress: async () => {
    const run = await ownedRun()
    return async steps => {
      for (let step = 0; step < steps; step++) {
        run.notes.addProgress({ rows: 1, bytes: 2, parts: 0 })
        if (step % 1_000 === 0) await turn()
      }
    }
  },
  'joined journal': async () => {
    const { handlers } = new JoinedWork(await ownedRun(), isDialect)
    const parts = handlers.get('parts')
    await handlers.get('exportBegun')?.({ uri })
    let known = 0
    return async steps => {
      for (let step = 0; step < steps; step++)
        await parts?.({ uri, parts: Array.from({ length: 12 }, () => partOf(known++)) })
    }
  },
  journal: async () => {
    const { journal } = await ownedRun()
    await journal.write({ step: 'begun', uri, format: 'TEXT' })
    let known = 0
    return async steps => {
      for (let step = 0; step < steps; step += 1_000)
        await Promise.all(
          Array.from({ length: 1_000 }, () =>
            journal.write({ step: 'opened', uri, token: tokenOf(known++) }),
          ),
        )
    }
  },
}

const used = async (): Promise<NodeJS.MemoryUsage> => {
  for (let time = 0; time < 4; time++) {
    await turn()
    global.gc?.()
  }
  return process.memoryUsage()
}

const stage = await STAGES[name]?.()
if (stage === undefined) throw new Error(`there is no stage ${name}`)
await stage(Number(warmUp))
const before = await used()
const collector = new GCProfiler()
collector.start()
await stage(Number(steps))
const after = await used()
const given = collector
  .stop()
  .statistics.map(
    ({ beforeGC, afterGC }) => beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
  )
const growth: Growth = {
  inUse: after.heapUsed - before.heapUsed,
  buffers: after.arrayBuffers - before.arrayBuffers,
  taken: given.reduce((sum, bytes) => sum + bytes, after.heapUsed - before.heapUsed),
}
// Running work ends with the process, and DuckDB's threads end only by this signal.
process.stdout.write(JSON.stringify(growth), () => process.kill(process.pid, 'SIGKILL'))
