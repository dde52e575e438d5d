import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { COMMANDS } from '../../../src/cli/commands/index.ts'
import { Output } from '../../../src/cli/output.ts'
import { parseCommandLine } from '../../../src/cli/parse-command-line.ts'
import { Log, ProgressLine } from '../../../src/platform/index.ts'
import { openStore, registerScheme, type Store } from '../../../src/store/index.ts'
import { runAttempt } from '../../../src/task/runner.ts'
import { readRunnerSettings } from '../../../src/task/runner-settings.ts'
import { MortalStore, type NamedChange } from '../../integration/publication/mortal-store.ts'
import { memoryScheme, objectsOf } from '../../memory-store/memory-scheme.ts'

registerScheme(memoryScheme)

const BUCKET = 'home'
/** After this time, by the store's clock, a silent run is dead. */
const LONG_SILENCE_MS = 10 * 60 * 1000

const task = (clauses: string): string =>
  `SELECT range AS id FROM range(1000) INTO OUTFILE S3 'memory://${BUCKET}/output/result' ${clauses};\n`

let count = 0

/** A home bucket in memory, with the commands of the command line and the runner in this process. */
async function memoryHome() {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-memory-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const setting = `memory:run_${++count}`
  const environment = {
    BATCHQUERY_STORE: setting,
    BATCHQUERY_BUCKET: BUCKET,
    BATCHQUERY_DATABASE: 'duckdb::memory:',
  }
  const log = new Log('quiet', () => {})
  const store = openStore(setting, log)

  async function batchquery(...argv: readonly string[]) {
    const parsed = parseCommandLine(argv, COMMANDS)
    if ('text' in parsed) throw new Error(parsed.text)
    const execute = await parsed.command.load()
    return execute(parsed.invocation, { environment, folder, log, output: new Output(new PassThrough()) })
  }

  /** @param death the change at which the runner dies @default - it lives */
  async function runTask(runId: string, death?: NamedChange): Promise<number | 'dead'> {
    const variables = { ...environment, BATCHQUERY_RUN_ID: runId }
    const settings = readRunnerSettings([BUCKET, 'script/task.sql'], variables, folder)
    const runner = {
      environment: variables,
      folder,
      log,
      progress: new ProgressLine(null, () => {}),
    }
    if (death === undefined) return runAttempt(settings, runner)
    const mortal = new MortalStore(store, death)
    const run = runAttempt(settings, { ...runner, openStore: (): Store => mortal })
    await Promise.race([mortal.died, run])
    return 'dead'
  }

  const keys = async (prefix: string): Promise<string[]> => {
    const found: string[] = []
    for await (const { key } of store.list(BUCKET, prefix)) found.push(key)
    return found
  }

  const putTask = async (clauses: string) => {
    await writeFile(join(folder, 'task.sql'), task(clauses))
    return batchquery('put', 'task.sql')
  }

  return { folder, setting, store, batchquery, putTask, runTask, keys }
}

type MemoryHome = Awaited<ReturnType<typeof memoryHome>>

/** Makes a run look as if its runner had been on another machine, and has been silent for long. */
async function loseMachine({ store, setting, keys }: MemoryHome): Promise<void> {
  for (const key of await keys('runs/')) {
    if (!/\/(run\.json|attempt-\d+)$/.test(key)) continue
    const { bytes } = (await store.read({ bucket: BUCKET, key })) ?? { bytes: new Uint8Array() }
    const moved = Buffer.from(bytes).toString().replaceAll(JSON.stringify(hostname()), '"elsewhere"')
    await store.put({ bucket: BUCKET, key }, Buffer.from(moved))
  }
  objectsOf(setting).advance(LONG_SILENCE_MS)
}

const ROWS = Array.from({ length: 1000 }, (_, id) => `${id}\n`).join('')

test('a task is uploaded, planned, run, listed, verified and downloaded when the store is in memory', async () => {
  const { folder, batchquery, putTask, runTask, keys } = await memoryHome()
  expect(await putTask('MANIFEST ON')).toMatchObject({ text: `memory://${BUCKET}/script/task.sql` })
  expect(await batchquery('run', `memory://${BUCKET}/script/task.sql`, '--dry-run')).toMatchObject({
    document: { statements: [{ export: { uri: `memory://${BUCKET}/output/result` } }] },
  })

  expect(await runTask('r1')).toBe(0)
  expect(await keys('output/')).toEqual(['output/result.manifest', 'output/result.part_00000'])

  expect((await batchquery('ls')).text).toMatch(/^r1 +SUCCEEDED .* task\.sql$/m)
  const { text } = await batchquery('show', 'r1')
  expect(text).toContain(`memory://${BUCKET}/script/task.sql`)
  expect(text).toContain(`memory://${BUCKET}/output/result`)
  expect(await batchquery('verify', 'r1')).toMatchObject({ exitCode: 0, document: { verified: true } })
  const path = join(folder, 'downloads/result.part_00000')
  expect((await batchquery('get', 'r1', 'downloads')).document).toMatchObject({ files: [path] })
  expect(await readFile(path, 'utf8')).toBe(ROWS)
  expect((await batchquery('reap')).document).toMatchObject({ runs: [] })
})

test('doctor checks a store in memory like any other one', async () => {
  const { batchquery, keys } = await memoryHome()
  expect(await batchquery('doctor')).toMatchObject({ exitCode: 0, document: { ok: true } })
  expect(await keys('')).toEqual([])
})

test('a statement with an s3:// address writes into the home store when that is in memory', async () => {
  const { store, batchquery, runTask } = await memoryHome()
  await store.put(
    { bucket: BUCKET, key: 'script/task.sql' },
    Buffer.from(task('').replace('memory://', 's3://')),
  )
  expect(await runTask('r1')).toBe(0)
  expect(await batchquery('verify', 'r1')).toMatchObject({
    document: { verified: true, exports: [{ uri: `memory://${BUCKET}/output/result` }] },
  })
})

test('a run fails before its query when the store cannot encrypt as its clause asks', async () => {
  const { batchquery, putTask, runTask } = await memoryHome()
  await putTask('ENCRYPTION SSE_S3')
  expect(await runTask('r1')).not.toBe(0)
  expect((await batchquery('show', 'r1')).document).toMatchObject({ error: { code: 'UNSUPPORTED_CLAUSE' } })
})

test('reap completes the publication when a runner died during it', async () => {
  const home = await memoryHome()
  const { setting, batchquery, putTask, runTask, keys } = home
  await putTask('MANIFEST ON')
  expect(await runTask('r1', { name: 'commit', key: 'result.part_00000' })).toBe('dead')
  expect(await keys('output/')).toEqual([])
  await loseMachine(home)
  expect((await batchquery('reap')).document).toMatchObject({
    runs: [{ id: 'r1', state: 'SUCCEEDED', completed: [`memory://${BUCKET}/output/result`] }],
  })
  expect(await batchquery('verify', 'r1')).toMatchObject({ document: { verified: true } })
  expect([...objectsOf(setting).staged]).toEqual([])
})

test('reap aborts what is staged when a runner died before its publication', async () => {
  const home = await memoryHome()
  const { setting, batchquery, putTask, runTask, keys } = home
  await putTask('')
  expect(await runTask('r1', { name: 'finish', key: 'result.part_00000' })).toBe('dead')
  expect(objectsOf(setting).staged.size).toBe(1)
  await loseMachine(home)
  expect((await batchquery('reap')).document).toMatchObject({ runs: [{ id: 'r1', state: 'FAILED' }] })
  expect([...objectsOf(setting).staged]).toEqual([])
  expect(await keys('output/')).toEqual([])
})
