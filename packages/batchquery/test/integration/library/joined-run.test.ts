import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Duplex, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { endLeftoverSessions, readSettings } from '../../../src/config/index.ts'
import { isDialect } from '../../../src/database/dialects.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { recoveryIn } from '../../../src/export/index.ts'
import { Log } from '../../../src/platform/index.ts'
import { JoinedWork, type OwnedRun, RunStore, type SessionRecovery } from '../../../src/run/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { DATABASES, freshFolder, open, resultsIn, type TestDatabase } from './servers.ts'

const PACKAGE = join(import.meta.dirname, '../../..')

/** A run that the test owns, and a process of its task. */
class Scene {
  readonly folder: string
  readonly run: OwnedRun
  readonly progress: unknown[] = []
  readonly #joined: JoinedWork
  readonly #environment: NodeJS.ProcessEnv
  #answered = Promise.resolve()

  private constructor(folder: string, run: OwnedRun, environment: NodeJS.ProcessEnv) {
    this.folder = folder
    this.run = run
    this.#joined = new JoinedWork(run, isDialect)
    this.#environment = environment
  }

  static async create(database: TestDatabase): Promise<Scene> {
    const folder = await freshFolder()
    const store = new DirectoryStore(join(folder, 'store'))
    const runs = new RunStore(store, 'home', { recovery: recoveryIn(store) })
    const run = await runs.claim(
      {
        id: 'r1',
        task: { bucket: 'home', key: 'script/a.mjs' },
        args: [],
        params: {},
        request: { database: null, timeoutSeconds: null, pin: null },
        engine: { name: 'local' },
        createdAt: new Date(),
      },
      { host: hostname(), pid: process.pid, version: '0.1.0' },
      new Log('quiet', () => {}),
    )
    await run.start({ versionId: null, sha256: 'a'.repeat(64) })
    const environment = {
      ...database.environment(),
      PATH: process.env.PATH,
      BATCHQUERY_STORE: store.name,
      BATCHQUERY_BUCKET: 'home',
      BATCHQUERY_DATABASE: database.url(),
      BATCHQUERY_RUN_ID: 'r1',
      BATCHQUERY_REPORT_FD: '3',
    }
    return new Scene(folder, run, environment)
  }

  /** Starts a program and replies to its requests as the runner does. */
  async start(program: string): Promise<ChildProcess> {
    const modules = join(this.folder, 'node_modules')
    await mkdir(modules)
    await symlink(PACKAGE, join(modules, 'batchquery'))
    await writeFile(join(this.folder, 'a.mjs'), program)
    const child = spawn(process.execPath, ['a.mjs'], {
      cwd: this.folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    const channel = child.stdio[3]
    if (!(channel instanceof Duplex)) throw new Error('the process has no pipe for reports')
    this.#answered = this.#answer(channel)
    return child
  }

  async #answer(channel: Duplex): Promise<void> {
    const { handlers } = this.#joined
    channel.on('error', () => {})
    for await (const line of createInterface({ input: channel })) {
      expect(Buffer.byteLength(line)).toBeLessThan(64 * 1024)
      const { id, progress, ...said } = JSON.parse(line)
      if (id === undefined) {
        if (progress !== undefined) this.progress.push(progress)
        continue
      }
      const [[name, value]] = Object.entries(said)
      try {
        const answer = await handlers.get(name)?.(value)
        channel.write(`${JSON.stringify({ id, ok: true, ...answer })}\n`)
      } catch (thrown) {
        channel.write(`${JSON.stringify({ id, error: BatchQueryError.from(thrown).toJSON() })}\n`)
      }
    }
  }

  /** Recovers as the runner does when the script has ended and its reports are read. */
  async recover(): Promise<readonly string[]> {
    await this.#answered
    const settings = readSettings({}, this.#environment, this.folder)
    const place = { settings, environment: this.#environment, folder: this.folder }
    const endSessions: SessionRecovery = record => endLeftoverSessions(record, place)
    return this.#joined.recover(recoveryIn(new DirectoryStore(join(this.folder, 'store'))), endSessions)
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, 'store/home', path), 'utf8')
  }

  async results(): Promise<string[]> {
    return resultsIn(join(this.folder, 'store/home'))
  }
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const [stdout, stderr] = await Promise.all([
    text(child.stdout ?? Readable.from([])),
    text(child.stderr ?? Readable.from([])),
    child.exitCode === null ? once(child, 'close') : null,
  ])
  return { code: child.exitCode, stdout, stderr }
}

test.each(DATABASES)('$dialect: the record of a run contains the exports of its task', async database => {
  const scene = await Scene.create(database)
  const child = await scene.start(`import { connect } from 'batchquery'
    const db = await connect()
    for (const name of ['a', 'b', 'a']) {
      const { runId, rows } = await db.export(${JSON.stringify(database.numbers(1000))}, 's3://home/output/' + name)
      console.log(runId, rows)
    }
    await db.close()`)
  expect(await ended(child)).toEqual({ code: 0, stdout: 'r1 1000\nr1 1000\nr1 1000\n', stderr: '' })
  expect(await scene.recover()).toEqual([])
  const record = await scene.run.finish(null)
  expect(record).toMatchObject({
    state: 'SUCCEEDED',
    databases: [{ dialect: database.dialect, sessions: [] }],
    exports: [
      { uri: 's3://home/output/a', state: 'PUBLISHED', rows: 1000, attempt: 1 },
      { uri: 's3://home/output/b', state: 'PUBLISHED', rows: 1000, attempt: 1 },
      { uri: 's3://home/output/a', state: 'PUBLISHED', rows: 1000, attempt: 1 },
    ],
  })
  expect(scene.progress.at(-1)).toEqual({ rows: 3000, bytes: 3 * 3893, parts: 3 })
  await expect.poll(() => scene.results()).toEqual(['output/a.part_00000', 'output/b.part_00000'])
})

test.each(DATABASES)(
  '$dialect: the owner of a run recovers an export when the process of its task is killed',
  async database => {
    const scene = await Scene.create(database)
    const child = await scene.start(`import { connect } from 'batchquery'
    const db = await connect()
    await db.export('SELECT 7', 's3://home/output/whole')
    const options = { maxFileSize: '1 MB', onProgress: ({ parts }) => parts > 2 && process.kill(process.pid, 'SIGKILL') }
    await db.export(${JSON.stringify(`${database.numbers(50_000_000)} /* joined and killed */`)}, 's3://home/output/cut', options)`)
    expect(await ended(child)).toMatchObject({ code: null })
    expect(scene.run.record.databases).toHaveLength(1)
    expect(await scene.recover()).toEqual(['s3://home/output/cut'])
    expect(scene.run.record.warnings).toEqual([])
    await expect.poll(() => scene.results()).toEqual(['output/whole.part_00000'])
    expect(await scene.read('output/whole.part_00000')).toBe('7\n')
    const db = await open(database, { folder: await freshFolder() })
    expect(await db.query(database.running('joined and killed'))).toEqual([{ n: 0n }])
  },
)

test('an export throws when its destination has a result', async () => {
  const [, , duckdb] = DATABASES
  const scene = await Scene.create(duckdb)
  const child = await scene.start(`import { connect } from 'batchquery'
    const db = await connect()
    await db.export('SELECT 1', 's3://home/output/a')
    await db.export('SELECT 1', 'file:' + process.cwd() + '/there').catch(error => console.log(error.code))
    await db.close()`)
  await writeFile(join(scene.folder, 'there.part_00000'), '')
  expect(await ended(child)).toMatchObject({ code: 0, stdout: 'OUTPUT_EXISTS\n' })
})

test('an export publishes nothing when the runner is gone', async () => {
  const [mysql] = DATABASES
  const scene = await Scene.create(mysql)
  const child = await scene.start(`import { connect } from 'batchquery'
    const db = await connect()
    const query = ${JSON.stringify(mysql.numbers(50_000_000))}
    await db.export(query, 's3://home/output/a').catch(error => console.log(error.code))
    await db.close()`)
  const channel = child.stdio[3]
  await expect.poll(() => scene.progress).not.toEqual([])
  if (channel instanceof Duplex) channel.destroy()
  expect(await ended(child)).toMatchObject({ code: 0, stdout: 'RUNNER_LOST\n' })
  expect((await scene.results()).filter(path => path.startsWith('output/'))).toEqual([])
})

test('a malformed request is refused', async () => {
  const [, , duckdb] = DATABASES
  const { run } = await Scene.create(duckdb)
  const { handlers } = new JoinedWork(run, isDialect)
  const steps = [
    null,
    {},
    { step: 'finish' },
    { step: 'lock' },
    { step: 'lock', uri: 1 },
    { step: 'opened', token: {} },
    { step: 'staged', export: { uri: 's3://home/output/a', rows: 1, bytes: 1, format: 'TEXT' } },
    { step: '__proto__', uri: 'x' },
  ]
  for (const step of steps)
    await expect(handlers.get('journal')?.(step)).rejects.toMatchObject({ code: 'USAGE' })
  await expect(handlers.get('session')?.({ dialect: 'oracle' })).rejects.toMatchObject({ code: 'USAGE' })
  expect(run.record.exports).toEqual([])
})
