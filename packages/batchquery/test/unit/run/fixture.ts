import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

import { Log } from '../../../src/platform/index.ts'
import { type NewRun, RunStore } from '../../../src/run/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

export const BUCKET = 'home'
export const RUNNER = { host: 'here', pid: 7, version: '0.1.0' }
export const PINNED = { versionId: null, sha256: '00ff' }

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

/** A home bucket in an empty directory store. Beats and log writes come every few milliseconds. */
export async function home() {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-run-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'store', BUCKET), { recursive: true })
  await writeFile(join(folder, 'no-store'), '')
  // A link: one rename removes the store and another one restores it.
  const root = join(folder, 'root')
  const pointRootTo = async (target: string) => {
    await symlink(target, join(folder, 'link'))
    await rename(join(folder, 'link'), root)
  }
  const bringBack = () => pointRootTo('store')
  const takeAway = () => pointRootTo('no-store')
  await bringBack()
  const store = new DirectoryStore(root)
  const runs = new RunStore(store, BUCKET, { heartbeatMs: 5, logFlushMs: 5, logPollMs: 5 })
  const talk: string[] = []
  const log = new Log('normal', entry => talk.push(entry))

  const put = (key: string, text: string) => store.put({ bucket: BUCKET, key }, Buffer.from(text))
  const text = async (key: string) =>
    Buffer.from((await store.read({ bucket: BUCKET, key }))?.bytes ?? []).toString()
  const keys = async () => (await collect(store.list(BUCKET, ''))).map(info => info.key)
  return { folder: root, bringBack, takeAway, store, runs, log, talk, put, text, keys }
}

export const newRun = (changed: Partial<NewRun> = {}): NewRun => ({
  id: '20261123-021545-7k3f9q',
  task: { bucket: 'home', key: 'script/batchquery.sql' },
  args: [],
  params: { day: '2026-11-23' },
  request: { database: null, timeoutSeconds: null, pin: null },
  engine: { name: 'local' },
  createdAt: new Date('2026-11-23T02:15:45.000Z'),
  ...changed,
})
