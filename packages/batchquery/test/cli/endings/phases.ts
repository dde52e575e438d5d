import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import type { Started } from '../workspace.ts'
import type { Scene } from './scene.ts'
import { proxy } from './scene.ts'

/** The request that uploads a chunk to S3. */
const CHUNK = { method: 'PUT', url: /[?&]partNumber=/ } as const
const COMPLETE = { method: 'POST', url: /[?&]uploadId=/ } as const

const isChunk = ({ method, url }: { readonly method: string; readonly url: string }) =>
  method === CHUNK.method && CHUNK.url.test(url)

/** The phase of a run in which a test ends it. */
export interface Phase {
  readonly name: string
  /** Prepares the phase and returns the statement for it. */
  sql(scene: Scene, queries: { readonly silent: string; readonly endless: string }): Promise<string> | string
  /** Resolves when the run is in the phase. */
  reached(scene: Scene, started: Started): Promise<unknown>
}

let connections = 0

export const CONNECTING: Phase = {
  name: 'connecting',
  async sql(scene, { silent }) {
    connections = 0
    const mute = createServer(() => connections++).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    onTestFinished(() => void mute.close())
    const address = mute.address()
    scene.connectBy(typeof address === 'object' ? (address?.port ?? 0) : 0)
    return scene.exportOf(silent)
  },
  reached: () => expect.poll(() => connections).toBe(1),
}

export const SILENT: Phase = {
  name: 'a statement runs silently',
  sql: (scene, { silent }) => scene.exportOf(silent),
  reached: (scene, started) =>
    scene.environment.BATCHQUERY_DATABASE === undefined
      ? expect.poll(() => started.stderr).toContain('exporting to')
      : expect.poll(async () => JSON.stringify(await scene.sessions())).toMatch(/active: COPY|SLEEP/),
}

export const STREAMING: Phase = {
  name: 'rows are streaming',
  sql(scene, { endless }) {
    // Slows down, because the machine has other work.
    proxy.fail({ ...CHUNK, fault: { kind: 'delay', ms: 200 } })
    return scene.exportOf(endless, 'MAXFILESIZE 6 MB')
  },
  reached: scene => expect.poll(async () => (await scene.staged()).length).toBeGreaterThan(1),
}

/** The store accepts no chunk any more, so all buffers are full, and the socket of the database is paused. */
export const STALLED: Phase = {
  name: 'the store is stalled',
  sql(scene, { endless }) {
    proxy.fail({ ...CHUNK, fault: { kind: 'stall' } })
    return scene.exportOf(endless)
  },
  reached: () => expect.poll(() => proxy.requests.filter(isChunk).length).toBeGreaterThanOrEqual(3),
}

const PARTS = 8
const SOME_ROWS = `SELECT i, repeat('x', 1040) FROM range(${1000 * PARTS}) t(i)`

let letCommit = (): void => {}

/** The store begins with the commits when the run is in the phase, and delays each one. */
export const COMMITTING: Phase = {
  name: 'parts are being committed',
  sql(scene) {
    const reached = new Promise<void>(resolve => {
      letCommit = resolve
    })
    proxy.fail({ ...COMPLETE, fault: { kind: 'hold', until: reached.then(() => sleep(300)) } })
    return scene.exportOf(SOME_ROWS, 'MAXFILESIZE 1 MB MANIFEST ON')
  },
  async reached(scene) {
    await expect.poll(() => stateOfExport(scene)).toBe('COMMITTING')
    letCommit()
  },
}

/** The store does not answer after the first commits. */
export const STUCK_COMMITTING: Phase = {
  name: 'the store is gone during the commits',
  sql(scene) {
    proxy.fail({ ...COMPLETE, nth: [1, 2], fault: { kind: 'delay', ms: 0 } })
    proxy.fail({ ...COMPLETE, fault: { kind: 'stall' } })
    return scene.exportOf(SOME_ROWS, 'MAXFILESIZE 1 MB MANIFEST ON')
  },
  reached: scene =>
    expect.poll(async () => (await scene.results()).filter(key => key.includes('.part_')).length).toBe(2),
}

const stateOfExport = async (scene: Scene): Promise<string | undefined> => {
  const record = await scene.record().catch(() => null)
  return record?.exports.at(-1)?.state
}
