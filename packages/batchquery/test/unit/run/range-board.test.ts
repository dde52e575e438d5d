import { expect, test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { BoardFollower } from '../../../src/export/parallel/fan-out/follow-board.ts'
import type { RangeEntry } from '../../../src/journal/index.ts'
import { Log } from '../../../src/platform/index.ts'
import { INTERVALS, StoredRangeBoard, WorkerRegister } from '../../../src/run/index.ts'
import { MemoryObjects } from '../../memory-store/memory-objects.ts'
import { MemoryStore } from '../../memory-store/memory-store.ts'

const PLAN = 'a'.repeat(64)

function board() {
  const store = new MemoryStore('memory', new MemoryObjects())
  const of = { attempt: 1, number: 2 }
  const place = { store, bucket: 'bucket', id: 'r1', of }
  return { store, place, board: new StoredRangeBoard(store, 'bucket', 'r1', of) }
}

const entry = (number: number, worker: string, handle: string): RangeEntry => ({
  ...{
    number,
    worker,
    planSha256: PLAN,
    rows: 1,
    bytes: 2,
    invalidDates: [],
    delimited: null,
    described: null,
  },
  columns: [],
  parts: [
    {
      uri: 'memory://bucket/output/r.part',
      token: { kind: 'memory', bucket: 'bucket', key: 'output/r.part', owner: 'r1', handle },
      ...{ rows: 1, bytes: 2, headerBytes: 0, sha256: PLAN },
    },
  ],
})

test('a range that two workers read is finished by the first one', async () => {
  const { board: shared } = board()
  expect(await shared.finish(entry(100, 'w1', 'one'))).toBe(true)
  expect(await shared.finish(entry(100, 'w2', 'two'))).toBe(false)
  // The answer to the first call may have been lost.
  expect(await shared.finish(entry(100, 'w1', 'one'))).toBe(true)
  expect(await shared.entry(100)).toMatchObject({ worker: 'w1' })
})

test('a range has one worker in each turn, and the next turn comes when the coordinator gives it back', async () => {
  const { board: shared } = board()
  const first = { number: 100, turn: 1 }
  expect([await shared.claim(first, 'w1'), await shared.claim(first, 'w2')]).toEqual([true, false])
  expect((await shared.look()).claims.get(100)).toEqual({ ...first, isTaken: true })
  expect(await shared.claimedBy(first)).toBe('w1')
  await shared.giveBack(first)
  expect((await shared.look()).claims.get(100)).toEqual({ ...first, isTaken: false })
  expect(await shared.claim({ number: 100, turn: 2 }, 'w2')).toBe(true)
  expect((await shared.look()).claims.get(100)).toEqual({ number: 100, turn: 2, isTaken: true })
})

test('work of another program is refused', async () => {
  const { board: shared } = board()
  const sha256 = await shared.publishWork({ ranges: [] })
  expect(await shared.readWork(sha256)).toEqual({ ranges: [] })
  await shared.publishWork({ ranges: ['DROP TABLE t'] })
  await expect(shared.readWork(sha256)).rejects.toMatchObject({ code: 'RUN_RECORD_INVALID' })
})

test('the first failure counts', async () => {
  const { board: shared } = board()
  await shared.fail(new BatchQueryError('QUERY_FAILED', 'no such column', { hint: 'Correct it.' }))
  await shared.fail(new BatchQueryError('DATABASE_LOST', 'gone'))
  expect(await shared.failure()).toMatchObject({ code: 'QUERY_FAILED', hint: 'Correct it.', exitCode: 1 })
})

test('a machine that takes the place of another one has names of its own', async () => {
  const { place, board: shared } = board()
  const log = new Log('quiet', () => {})
  const join = () => WorkerRegister.join(place, { worker: 3, ecsTask: null }, log, INTERVALS)
  const [first, second] = [await join(), await join()]
  expect([first.name, second.name]).toEqual(['w3', 'w3.2'])
  await first.staged({ kind: 'memory', bucket: 'bucket', key: 'output/r', owner: 'r1', handle: 'one' })
  await second.leave()
  const { workers } = await shared.look()
  expect(workers.map(({ name, hasLeft }) => ({ name, hasLeft }))).toEqual([
    { name: 'w3', hasLeft: false },
    { name: 'w3.2', hasLeft: true },
  ])
  expect((await shared.tokensOf(workers[0])).map(({ handle }) => handle)).toEqual(['one'])
  await first.leave()
})

/** A coordinator of two ranges, over an execution that a test controls. */
function coordinator(shared: StoredRangeBoard, isOver: () => boolean) {
  const finished: number[] = []
  const started: number[] = []
  const warnings: string[] = []
  const follower = new BoardFollower({
    ...{ board: shared, sha256: PLAN, signal: new AbortController().signal },
    host: {
      ...{ deadAfterMs: 60_000, lookMs: 1, machines: 2 },
      start: async ({ number }) => {
        started.push(number)
        return {
          name: `execution ${number}`,
          state: async () => ({ isOver: isOver(), failure: 'TIMED_OUT', lost: [], hint: null }),
          stop: async () => {},
        }
      },
    },
    finished: ({ number }) => finished.push(number),
    isComplete: () => finished.length === 2,
    note: () => {},
    warn: text => warnings.push(text),
  })
  return { follower, finished, started, warnings }
}

test('the coordinator gives the ranges of a replaced machine back', async () => {
  const { place, board: shared } = board()
  const log = new Log('quiet', () => {})
  const join = () => WorkerRegister.join(place, { worker: 1, ecsTask: null }, log, INTERVALS)
  const first = await join()
  await shared.claim({ number: 100, turn: 1 }, first.name)
  const second = await join()
  const { follower, finished, warnings } = coordinator(shared, () => false)
  const following = follower.follow()
  await expect.poll(async () => (await shared.look()).claims.get(100)?.isTaken).toBe(false)
  await shared.finish(entry(100, second.name, 'one'))
  await shared.finish(entry(200, second.name, 'two'))
  await following
  expect(finished.sort()).toEqual([100, 200])
  expect(warnings).toEqual(['worker w1 is lost, and other workers read its 1 range'])
  await Promise.all([first.leave(), second.leave()])
})

test('the coordinator starts machines again when the execution ends, and fails after the third time', async () => {
  const { board: shared } = board()
  const { follower, started } = coordinator(shared, () => true)
  await expect(follower.follow()).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    message: expect.stringContaining('started 3 times, and ended before the last range was read: TIMED_OUT'),
  })
  expect(started).toEqual([1, 2, 3])
})
