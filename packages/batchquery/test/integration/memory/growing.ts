import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { openDatabase } from '../../../src/config/index.ts'
import { compressionOf } from '../../../src/export/compression.ts'
import { PartWriter } from '../../../src/export/part-writer.ts'
import { recoveryIn } from '../../../src/export/index.ts'
import { BlockPool, BlockWriter } from '../../../src/format/index.ts'
import { Log } from '../../../src/platform/index.ts'
import { type OwnedRun, RunStore } from '../../../src/run/index.ts'
import { JoinedWork } from '../../../src/run/joined-run.ts'
import { DirectoryStore, S3Store, type StagedObject, type Store } from '../../../src/store/index.ts'

/*
 * One stage of the path of an export in a process of its own, which tells how much of its memory stays in use for each of
 * many steps:
 *
 *     growing STAGE WARM-UP STEPS
 *
 * Prints the bytes that are in use after the steps and were not before, once garbage is collected.
 */

/** Does so many steps of a stage; may be called again. */
type Stage = (steps: number) => Promise<void>

const BLOCK_BYTES = 512
const BLOCKS = 4
/** So many steps are under way at once, as far as the stage lets them be. */
const AT_ONCE = 16

const folder = await mkdtemp(join(tmpdir(), 'batchquery-growing-'))
const directory = (): Store => new DirectoryStore(join(folder, 'store'))
const address = { bucket: 'b', key: 'out/r.part_00000' }

async function writes(object: StagedObject): Promise<Stage> {
  const bytes = Buffer.alloc(64, 'x')
  return async steps => {
    for (let step = 0; step < steps; step += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, () => object.write(bytes)))
  }
}

/** Blocks as they come from a writer that is given rows without end. */
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

const reader = async (url: string, query: string): Promise<Stage> => {
  const session = await (await openDatabase(url, process.env, folder)).connect()
  const pool = new BlockPool(BLOCK_BYTES, BLOCKS)
  const stream = await session.stream(query, {
    format: 'TEXT',
    layout: {},
    characterSet: null,
    header: false,
    pool,
    maxPartBytes: Number.MAX_SAFE_INTEGER,
  })
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

const STAGES: Readonly<Record<string, () => Promise<Stage>>> = {
  directory: async () => writes(await directory().stage(address, 'r1')),
  s3: async () => {
    const { S3_ENDPOINT: endpoint = '', S3_BUCKET: bucket = '' } = process.env
    const store = new S3Store({ client: { endpoint } })
    return writes(await store.stage({ ...address, bucket }, 'r1'))
  },
  queue: async () => async steps => {
    for await (const block of blocks(steps)) block.release()
  },
  part: () => part('NONE'),
  'compressed part': () => part('GZIP'),
  mysql: () => reader(process.env.MYSQL_URL ?? '', 'SELECT REPEAT("x", 500) FROM seq_1_to_10000000'),
  postgres: () =>
    reader(process.env.POSTGRES_URL ?? '', "SELECT repeat('x', 500) FROM generate_series(1, 10000000)"),
  duckdb: () => reader('duckdb::memory:', "SELECT repeat('x', 500) FROM range(10000000)"),
  log: async () => {
    await ownedRun()
    return async steps => {
      for (let step = 0; step < steps; step++) {
        log.info(`line ${step} of a log that has many of them, ${'and is long'.repeat(8)}`)
        if (step % 1_000 === 0) await turn()
      }
    }
  },
  progress: async () => {
    const run = await ownedRun()
    return async steps => {
      for (let step = 0; step < steps; step++) {
        run.addProgress({ rows: 1, bytes: 2, parts: 0 })
        if (step % 1_000 === 0) await turn()
      }
    }
  },
  journal: async () => {
    const { journal } = await ownedRun()
    await journal.staging(uri)
    let known = 0
    return async steps => {
      for (let step = 0; step < steps; step += 1_000)
        await Promise.all(Array.from({ length: 1_000 }, () => journal.opened(tokenOf(known++))))
    }
  },
}

const inUse = async (): Promise<number> => {
  for (let time = 0; time < 4; time++) {
    await turn()
    global.gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const [name = '', warmUp = '0', steps = '0'] = process.argv.slice(2)
const stage = await STAGES[name]?.()
if (stage === undefined) throw new Error(`there is no stage ${name}`)
await stage(Number(warmUp))
const before = await inUse()
await stage(Number(steps))
console.log((await inUse()) - before)
await rm(folder, { recursive: true, force: true })
// Sessions and uploads that are under way end with the process.
process.kill(process.pid, 'SIGKILL')
