import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { DATABASES, freshFolder, open, type TestDatabase } from '../../integration/library/servers.ts'
import { adminClient, freshBucket, openUploads, taskEnvironment } from '../../setup/s3-client.ts'
import { documentOf } from '../workspace.ts'
import { ScriptWorkspace } from './script-workspace.ts'

/** A task in TypeScript, the database it connects to, and the store. */
class Scene {
  readonly here: ScriptWorkspace
  readonly environment: NodeJS.ProcessEnv
  readonly #database: TestDatabase
  readonly #bucket: string | null

  private constructor(
    here: ScriptWorkspace,
    environment: NodeJS.ProcessEnv,
    database: TestDatabase,
    bucket: string | null,
  ) {
    this.here = here
    this.environment = environment
    this.#database = database
    this.#bucket = bucket
  }

  static async set(database: TestDatabase, store: string, script: string): Promise<Scene> {
    const bucket = store === 's3' ? await freshBucket() : null
    const program = `import { connect } from 'batchquery'
      const to = (name: string): string => \`s3://\${process.env.BATCHQUERY_BUCKET}/output/\${name}\`
      const db = await connect()
      ${script}`
    const environment = {
      ...database.environment(),
      BATCHQUERY_DATABASE: database.url(),
      ...(bucket === null ? {} : await taskEnvironment(bucket)),
    }
    return new Scene(await ScriptWorkspace.create({ 'a.ts': program }), environment, database, bucket)
  }

  run() {
    return this.here.run(['a.ts', '--json'], this.environment)
  }

  /** The objects in the store, except tasks and those of runs. */
  async results(): Promise<readonly string[]> {
    if (this.#bucket === null)
      return (await this.here.workspace.results()).map(path => path.slice('batchquery-s3/'.length))
    const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: this.#bucket })
    return Contents.map(({ Key = '' }) => Key).filter(key => !/^(runs|index|script)\//.test(key))
  }

  /** Expects that no statement with the text runs, nothing is staged, and the script has no process and no file. */
  async expectNothingLeft(text: string): Promise<void> {
    if (this.#bucket !== null) expect(await openUploads(this.#bucket)).toEqual([])
    const db = await open(this.#database, { folder: await freshFolder() })
    expect(await db.query(this.#database.running(text))).toEqual([{ n: 0n }])
    await this.here.expectNothingLeft()
  }
}

const EVERYWHERE = DATABASES.flatMap(database =>
  ['directory', 's3'].map(store => ({ database, store, where: `${database.dialect}, ${store}` })),
)

test.each(EVERYWHERE)(
  '$where: the record of a task contains both of its exports',
  async ({ database, store }) => {
    const scene = await Scene.set(
      database,
      store,
      `await db.export(${JSON.stringify(database.numbers(1000))}, to('a'))
    const { runId } = await db.export('SELECT 7', to('b'))
    console.error('in ' + runId)
    await db.close()`,
    )
    const ended = await scene.run()
    expect(ended.stderr).toContain('in r1\n')
    expect(documentOf(ended)).toMatchObject({
      state: 'SUCCEEDED',
      progress: { rows: 1001, bytes: 3895, parts: 2 },
      databases: [{ dialect: database.dialect, sessions: [] }],
      exports: [
        { uri: expect.stringMatching(/\/output\/a$/), state: 'PUBLISHED', rows: 1000 },
        { uri: expect.stringMatching(/\/output\/b$/), state: 'PUBLISHED', rows: 1 },
      ],
      warnings: [],
    })
    expect(await scene.results()).toEqual(['output/a.part_00000', 'output/b.part_00000'])
    await scene.expectNothingLeft(database.numbers(1000))
  },
)

test.each(EVERYWHERE)('$where: a failed export leaves nothing', async ({ database, store }) => {
  const scene = await Scene.set(
    database,
    store,
    `await db.export('SELECT 7', to('a'))
    await db.export('SELECT * FROM not_there', to('b'))`,
  )
  const ended = await scene.run()
  expect(ended.stderr).toMatch(/^BatchQueryError: .*not_there/m)
  expect(documentOf(ended)).toMatchObject({
    state: 'FAILED',
    exitCode: 1,
    error: {
      code: 'SCRIPT_EXIT',
      message: expect.stringMatching(/^the script ended with exit code 1: .*not_there/),
    },
    exports: [{ state: 'PUBLISHED', rows: 1 }],
  })
  expect(await scene.results()).toEqual(['output/a.part_00000'])
  await scene.expectNothingLeft('not_there')
})

test.each(EVERYWHERE)(
  '$where: the runner recovers an export when its script is killed',
  async ({ database, store }) => {
    const scene = await Scene.set(
      database,
      store,
      `await db.export('SELECT 7', to('a'))
    const onProgress = ({ parts }: { parts: number }) => parts > 2 && process.kill(process.pid, 'SIGKILL')
    const query = ${JSON.stringify(`${database.numbers(50_000_000)} /* killed in a task */`)}
    await db.export(query, to('b'), { maxFileSize: '1 MB', onProgress })`,
    )
    const record = documentOf(await scene.run())
    expect(record).toMatchObject({
      state: 'FAILED',
      exitCode: 137,
      error: { code: 'SCRIPT_EXIT' },
      exports: [{ state: 'PUBLISHED', rows: 1 }],
      warnings: [],
    })
    expect(await scene.results()).toEqual(['output/a.part_00000'])
    await scene.expectNothingLeft('killed in a task')
  },
)

test.each(EVERYWHERE)('$where: cancel ends an export of a script', async ({ database, store }) => {
  const scene = await Scene.set(
    database,
    store,
    `let isReported = false
    const onProgress = () => { if (!isReported) { isReported = true; console.error('rows come') } }
    const query = ${JSON.stringify(`${database.numbers(2_000_000_000)} /* cancelled in a task */`)}
    await db.export(query, to('b'), { onProgress })`,
  )
  const started = scene.here.start(['a.ts', '--json'], scene.environment)
  onTestFinished(() => void started.process.kill('SIGKILL'))
  while (!started.stderr.includes('rows come')) {
    expect(started.process.exitCode, started.stderr).toBeNull()
    await setTimeout(20)
  }
  const cancelled = await scene.here.workspace.run(['cancel', 'r1'], { environment: scene.environment })
  expect(cancelled.stdout, cancelled.stderr).toBe('r1\tCANCELLED\n')
  expect(documentOf(await started.ended)).toMatchObject({ state: 'CANCELLED', exitCode: 130, warnings: [] })
  expect(await scene.results()).toEqual([])
  await scene.expectNothingLeft('cancelled in a task')
})

const [MARIADB, POSTGRES, DUCKDB] = DATABASES

test.each([MARIADB, POSTGRES])(
  '$dialect: reap recovers an export of a script when its runner is killed',
  async database => {
    const scene = await Scene.set(
      database,
      'directory',
      `await db.export('SELECT 7', to('a'))
    let isReported = false
    const onProgress = ({ parts }: { parts: number }) => { if (parts > 1 && !isReported) { isReported = true; console.error('rows come') } }
    const query = ${JSON.stringify(`${database.numbers(2_000_000_000)} /* orphaned in a task */`)}
    await db.export(query, to('b'), { maxFileSize: '1 MB', onProgress })`,
    )
    const { here, environment } = scene
    const started = here.start(['a.ts'], environment)
    onTestFinished(() => void started.process.kill('SIGKILL'))
    while (!started.stderr.includes('rows come')) {
      expect(started.process.exitCode, started.stderr).toBeNull()
      await setTimeout(20)
    }
    const { runner } = await here.workspace.record()
    process.kill(runner.pid, 'SIGKILL')
    await started.ended
    await here.workspace.age('r1')
    const reaped = await here.workspace.run(['reap', '-q'], { environment })
    expect(reaped, reaped.stderr).toMatchObject({ code: 0 })
    expect(await here.workspace.record()).toMatchObject({
      state: 'FAILED',
      error: { code: 'RUNNER_LOST' },
      exports: [{ state: 'PUBLISHED', rows: 1 }],
      warnings: [],
    })
    expect(await scene.results()).toEqual(['output/a.part_00000'])
    await scene.expectNothingLeft('orphaned in a task')
  },
)

test('a run fails when its script exits with 0 before its export has ended', async () => {
  const scene = await Scene.set(
    MARIADB,
    'directory',
    `const query = ${JSON.stringify(`${MARIADB.numbers(50_000_000)} /* left behind */`)}
    void db.export(query, to('a'), { maxFileSize: '1 MB', onProgress: ({ parts }) => parts > 1 && process.exit(0) })`,
  )
  const ended = await scene.run()
  await scene.here.expectFailed(
    ended,
    1,
    'SCRIPT_EXIT',
    /before its export to .*\/output\/a, so that export published nothing/,
  )
  expect(await scene.results()).toEqual([])
  await scene.expectNothingLeft('left behind')
})

test('one of two exports of a task is refused when both write to one destination at once', async () => {
  const scene = await Scene.set(
    DUCKDB,
    'directory',
    `const other = await connect()
    const both = await Promise.allSettled([db.export('SELECT 1', to('a')), other.export('SELECT 1', to('a'))])
    console.error(both.map(one => (one.status === 'fulfilled' ? 'published' : one.reason.code)).sort().join())
    await Promise.all([db.close(), other.close()])`,
  )
  const ended = await scene.run()
  expect(ended.stderr).toContain('DESTINATION_LOCKED,published\n')
  expect(documentOf(ended)).toMatchObject({ state: 'SUCCEEDED', exports: [{ state: 'PUBLISHED' }] })
})

test('a closed session of a database that is not configured needs no recovery', async () => {
  const here = await ScriptWorkspace.create({
    'a.ts': `import { connect } from 'batchquery'
      const db = await connect(process.env.OTHER)
      console.error(await db.query('SELECT 7 AS n'))
      await db.close()`,
  })
  const environment = { ...MARIADB.environment(), OTHER: MARIADB.url() }
  const ended = await here.run(['a.ts', '--json', '-e', 'OTHER'], environment)
  expect(documentOf(ended)).toMatchObject({
    state: 'SUCCEEDED',
    databases: [{ dialect: 'mysql', sessions: [] }],
    warnings: [],
  })
})

test('connect throws CONFIG in a process of a script without the descriptor of the runner', async () => {
  const here = await ScriptWorkspace.create({
    'a.sh': `cat > child.mjs <<JS
import { connect } from '$LIBRARY'
await connect('duckdb::memory:').catch(error => console.log(error.code, error.message))
JS
node child.mjs 3>&-`,
  })
  const library = new URL('../../../dist/index.js', import.meta.url).pathname
  const ended = await here.run(['a.sh', '-e', `LIBRARY=${library}`])
  expect(ended.stdout).toMatch(/^CONFIG BATCHQUERY_REPORT_FD/)
})
