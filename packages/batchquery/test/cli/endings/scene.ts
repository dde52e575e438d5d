import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, inject, onTestFinished } from 'vitest'
import type { FaultProxy, Manner } from '../../faults/fault-proxy.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { adminClient, adminCredentials, dropBucket, makeBucket, openUploads } from '../../setup/s3-client.ts'
import { type Ended, RUNNER, type Started, Workspace } from '../workspace.ts'
import type { TestDatabase } from './databases.ts'

/** How far the clock of the store is ahead. */
let aheadMs = 0

/** Moves the time in the answers of S3, less than the difference at which the SDK corrects its own clock. */
const movedClock: Manner = async (request, forward) => {
  const answer = await forward(request)
  const { date } = answer.headers
  if (aheadMs === 0 || typeof date !== 'string') return answer
  return {
    ...answer,
    headers: { ...answer.headers, date: new Date(Date.parse(date) + aheadMs).toUTCString() },
  }
}

export const proxy: FaultProxy = await s3Proxy([movedClock])

export type StoreKind = 'directory' | 's3'

/** One run with its own store and a random id, which distinguishes its sessions from all others. */
export class Scene {
  readonly id = `end-${randomBytes(5).toString('hex')}`
  readonly workspace: Workspace
  readonly bucket: string
  readonly database: TestDatabase
  readonly #store: StoreKind
  #environment: NodeJS.ProcessEnv

  private constructor(workspace: Workspace, bucket: string, database: TestDatabase, store: StoreKind) {
    this.workspace = workspace
    this.bucket = bucket
    this.database = database
    this.#store = store
    this.#environment = { ...database.environment(), ...(store === 's3' ? s3Environment(bucket) : {}) }
  }

  static async set(database: TestDatabase, store: StoreKind): Promise<Scene> {
    aheadMs = 0
    proxy.reset()
    const workspace = await Workspace.create()
    const bucket = store === 's3' ? await makeBucket() : 'batchquery-s3'
    if (store === 's3')
      onTestFinished(async () => {
        proxy.reset()
        await dropBucket(bucket)
      })
    return new Scene(workspace, bucket, database, store)
  }

  get environment(): NodeJS.ProcessEnv {
    return this.#environment
  }

  /** Connects to the database through another port. */
  connectBy(port: number): void {
    this.#environment = { ...this.#environment, ...this.database.environment(port) }
  }

  exportOf(query: string, clauses = ''): string {
    return `${query} INTO OUTFILE S3 's3://${this.bucket}/output/r' OVERWRITE ON ${clauses}`
  }

  /** Starts the run. When the test ends, its processes are killed. */
  async start(sql: string, args: readonly string[] = []): Promise<Started> {
    await this.workspace.write('task.sql', sql)
    const line = ['run', './task.sql', '--run-id', this.id, '--no-progress', ...args]
    const started = this.workspace.start(line, { environment: this.#environment })
    onTestFinished(async () => {
      const { runner } = await this.record().catch(() => ({ runner: null }))
      killGroup(runner?.pid)
      killGroup(started.process.pid)
    })
    return started
  }

  /** Starts the runner itself, as an engine does. */
  async startRunner(sql: string): Promise<Started> {
    await this.workspace.write('task.sql', sql)
    expect(await this.command('put', 'task.sql', '--as', `${this.id}.sql`)).toMatchObject({ code: 0 })
    const environment = { ...this.#environment, BATCHQUERY_RUN_ID: this.id }
    const line = [this.bucket, `script/${this.id}.sql`]
    const started = this.workspace.start(line, { environment, program: RUNNER })
    onTestFinished(() => killGroup(started.process.pid))
    return started
  }

  command(...line: string[]): Promise<Ended> {
    return this.workspace.run(line, { environment: this.#environment })
  }

  async record() {
    if (this.#store === 'directory') return this.workspace.record(this.id)
    const key = `runs/${this.id}/run.json`
    const { Body } = await adminClient().getObject({ Bucket: this.bucket, Key: key })
    return JSON.parse((await Body?.transformToString()) ?? '')
  }

  /** The keys in the bucket, except tasks and those of runs. */
  async results(): Promise<readonly string[]> {
    if (this.#store === 'directory') return this.workspace.results()
    const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: this.bucket })
    const keys = Contents.map(({ Key = '' }) => Key)
    return keys.filter(key => !/^(runs|index|script)\//.test(key))
  }

  /** The staged objects. */
  async staged(): Promise<readonly unknown[]> {
    if (this.#store === 's3') return openUploads(this.bucket)
    return (await this.workspace.results()).filter(path => path.includes('.batchquery-staging'))
  }

  sessions(): Promise<readonly unknown[]> {
    return this.database.sessions(this.id)
  }

  /** Moves the store's clock so that the run looks two minutes older. */
  async passTime(): Promise<void> {
    if (this.#store === 's3') aheadMs = 120_000
    else await this.workspace.age(this.id)
  }

  /** Expects no session, staged object, lock or named pipe of the run. */
  async expectNothingLeft(): Promise<void> {
    expect(await this.sessions(), 'sessions').toEqual([])
    expect(await this.staged(), 'staged').toEqual([])
    expect(
      (await this.results()).filter(key => key.includes('locks/')),
      'locks',
    ).toEqual([])
    const { runner } = await this.record()
    const fifos = (await readdir(tmpdir())).filter(name => name.startsWith('batchquery-fifo-'))
    expect(
      fifos.filter(name => name.includes(`.${runner?.pid}.`)),
      'named pipes',
    ).toEqual([])
  }
}

function s3Environment(bucket: string): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = adminCredentials()
  return {
    AWS_ENDPOINT_URL_S3: proxy.endpoint,
    AWS_REGION: inject('s3').region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    BATCHQUERY_STORE: 's3',
    BATCHQUERY_BUCKET: bucket,
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The process has ended already.
  }
}
