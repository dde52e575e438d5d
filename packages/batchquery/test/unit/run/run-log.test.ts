import { expect, test } from 'vitest'

import { logSegmentKey, singleLogKey } from '../../../src/run/keys.ts'
import { LogReader } from '../../../src/run/log-reader.ts'
import { LogWriter } from '../../../src/run/log-writer.ts'
import { DirectoryStore, type ObjectAddress } from '../../../src/store/index.ts'
import { BUCKET, collect, home, newRun, PINNED, RUNNER } from './fixture.ts'

const ID = newRun().id
const MIB = 1024 * 1024

const addressOf = (segment: number): ObjectAddress => ({ bucket: BUCKET, key: logSegmentKey(ID, 1, segment) })

/** A run in progress, its log and its store. */
async function atWork() {
  const here = await home()
  const run = await here.runs.claim(newRun(), RUNNER, here.log)
  await run.start(PINNED)
  const read = async () => (await collect(here.runs.readLog(ID))).join('')
  return { ...here, run, read }
}

test('a follower gets the whole log, from before the claim to the end', async () => {
  const { runs, log } = await home()
  await runs.submit(newRun())
  const followed = (async () => (await collect(runs.followLog(ID))).join(''))()
  const run = await runs.claim(newRun(), RUNNER, log)
  await run.start(PINNED)
  const pieces: string[] = []
  for (let line = 0; line < 60; line++) {
    const text = `${line} äöü🙂${'x'.repeat(line * 50)}`
    pieces.push(text)
    log.info(text)
    if (line % 2 === 0) await new Promise(resolve => setTimeout(resolve, 8))
  }
  await run.finish(null)
  const lines = (await followed).split('\n')
  expect(lines.map(line => line.replace(/^\S+ INFO /, ''))).toEqual([...pieces, ''])
  expect((await collect(runs.readLog(ID))).join('')).toBe(lines.join('\n'))
})

test('a follower gets lines during the run, and stops when its signal aborts', async () => {
  const { runs, log } = await home()
  const run = await runs.claim(newRun(), RUNNER, log)
  await run.start(PINNED)
  log.info('at work')
  const stop = new AbortController()
  for await (const text of runs.followLog(ID, { signal: stop.signal })) {
    expect(text).toContain('at work')
    stop.abort()
  }
  await run.finish(null)
})

test('the log of a run that has not begun is empty', async () => {
  const { runs } = await home()
  await runs.submit(newRun())
  expect(await collect(runs.readLog(ID))).toEqual([])
})

test('a log that lost its middle has the last lines when its runner was killed', async () => {
  const { run, log, read } = await atWork()
  for (let line = 0; line < 60_000; line++) log.info(`${line} ${'x'.repeat(400)}`)
  log.info('the last words')
  // Writes no end.
  await expect.poll(read).toMatch(/ INFO the last words\n$/)
  await expect.poll(async () => (await read()).length).toBeLessThan(17.2 * MIB)
  const text = await read()
  expect(text).toMatch(/^\S+ INFO 0 x+\n/)
  expect(text.match(/^\(\d+ bytes of the log are left out here\)$/gm)).toHaveLength(1)
  await run.finish(null)
})

test('a log loses and repeats nothing when writes fail', async () => {
  const { store, takeAway, bringBack } = await home()
  const writer = new LogWriter(store, addressOf, 5)
  const said: string[] = []
  const say = async (text: string) => {
    said.push(text)
    writer.append(text)
    await new Promise(resolve => setTimeout(resolve, 15))
  }
  await say('one\n')
  await takeAway()
  await say('two\n')
  for (let at = 0; at < 20; at++) await say(`${at} ${'x'.repeat(50_000)}\n`)
  await expect(writer.close()).rejects.toMatchObject({ code: 'STORE_FAILED' })
  await bringBack()
  await writer.close()
  const reader = new LogReader(store, BUCKET, ID, 1)
  expect((await collect(reader.added())).join('')).toBe(said.join(''))
})

test('a write that failed is repeated when no more lines come', async () => {
  const { store, takeAway, bringBack } = await home()
  const writer = new LogWriter(store, addressOf, 5)
  await takeAway()
  writer.append('one\n')
  await new Promise(resolve => setTimeout(resolve, 30))
  await bringBack()
  await expect.poll(() => store.head(addressOf(1))).not.toBeNull()
  await writer.close()
})

/** Counts what a poll costs. */
class CountingStore extends DirectoryStore {
  readonly requests: string[] = []

  override async head(address: ObjectAddress) {
    this.requests.push('head')
    return super.head(address)
  }
  override async open(address: ObjectAddress, start: number) {
    this.requests.push('open')
    return super.open(address, start)
  }
  override async *list(bucket: string, prefix: string, startAfter?: string) {
    this.requests.push('list')
    yield* super.list(bucket, prefix, startAfter)
  }
}

test('a follower polls with two requests when a log has many segments', async () => {
  const { put, folder } = await home()
  for (let segment = 1; segment <= 50; segment++) await put(logSegmentKey(ID, 1, segment), `${segment}\n`)
  const store = new CountingStore(folder)
  const reader = new LogReader(store, BUCKET, ID, 1)
  expect((await collect(reader.added())).join('')).toBe(
    Array.from({ length: 50 }, (_, at) => `${at + 1}\n`).join(''),
  )
  store.requests.length = 0
  expect(await collect(reader.added())).toEqual([])
  expect(store.requests).toEqual(['head', 'head'])
})

test('a reader reads segments in the order of their numbers, each to its end', async () => {
  const { store, put } = await home()
  const reader = new LogReader(store, BUCKET, ID, 1)
  const added = async () => (await collect(reader.added())).join('')
  for (const segment of [9_998, 9_999, 10_000]) await put(logSegmentKey(ID, 1, segment), `${segment}\n`)
  await put(`runs/${ID}/log/0001-notes.txt`, 'not a segment')
  expect(await added()).toBe('9998\n9999\n10000\n')
  await put(logSegmentKey(ID, 1, 10_000), '10000\nthe rest 🙂\n')
  await put(logSegmentKey(ID, 1, 10_001), 'the next\n')
  await put(logSegmentKey(ID, 1, 10_002), 'and one more\n')
  expect(await added()).toBe('the rest 🙂\nthe next\nand one more\n')
  expect(await added()).toBe('')
})

test('a follower continues after the gap when it was too slow', async () => {
  const { store, put } = await home()
  const reader = new LogReader(store, BUCKET, ID, 1)
  const added = async () => (await collect(reader.added())).join('')
  const note = (bytes: number) => `(${bytes} bytes of the log are left out here)\n`
  await put(logSegmentKey(ID, 1, 1), 'one\n')
  await put(logSegmentKey(ID, 1, 2), '')
  expect(await added()).toBe('one\n')
  // The segments after the note come and go between two polls.
  await put(logSegmentKey(ID, 1, 2), note(900))
  await put(logSegmentKey(ID, 1, 7), 'seven\n')
  expect(await added()).toBe(`${note(900)}seven\n`)
  // The note grows, and the segment that was read and the next ones are deleted.
  await put(logSegmentKey(ID, 1, 2), note(12_345))
  await store.delete(addressOf(7))
  await put(logSegmentKey(ID, 1, 11), 'eleven\n')
  expect(await added()).toBe('(some of the log is left out here)\neleven\n')
  await put(logSegmentKey(ID, 1, 12), 'twelve\n')
  expect(await added()).toBe('twelve\n')
})

test('a reader skips a note that it has read when the note grows', async () => {
  const { store, put } = await home()
  const reader = new LogReader(store, BUCKET, ID, 1)
  const added = async () => (await collect(reader.added())).join('')
  await put(logSegmentKey(ID, 1, 1), '(9 bytes of the log are left out here)\n')
  expect(await added()).toBe('(9 bytes of the log are left out here)\n')
  await put(logSegmentKey(ID, 1, 1), '(10 bytes of the log are left out here)\n')
  expect(await added()).toBe('')
})

test('a segment is refused when it is larger than any segment that runners write', async () => {
  const { store, put } = await home()
  const reader = new LogReader(store, BUCKET, ID, 1)
  const wrong = { code: 'RUN_RECORD_INVALID', message: expect.stringContaining('log/0001-0001.txt') }
  await put(logSegmentKey(ID, 1, 1), 'x'.repeat(5 * MIB))
  await expect(collect(reader.added())).rejects.toMatchObject(wrong)
  await put(logSegmentKey(ID, 1, 1), 'x')
  await collect(reader.added())
  await put(logSegmentKey(ID, 1, 1), 'x'.repeat(5 * MIB))
  await expect(collect(reader.added())).rejects.toMatchObject(wrong)
})

test('a follower gets the log of an earlier version when its runner writes it again and again', async () => {
  const { runs, run, put, read } = await atWork()
  const key = singleLogKey(ID, 1)
  const followed: string[] = []
  const following = (async () => {
    for await (const text of runs.followLog(ID)) followed.push(text)
  })()
  await put(key, 'one\n')
  await expect.poll(() => followed.join('')).toBe('one\n')
  await put(key, 'one\ntwo 🙂\n')
  await expect.poll(() => followed.join('')).toBe('one\ntwo 🙂\n')
  await run.finish(null)
  await following
  expect(await read()).toBe(followed.join(''))
})

test('the logs of attempts are read in order when an earlier version wrote some of them', async () => {
  const { store, put, runs } = await home()
  const { record } = await runs.submit(newRun())
  await put(`runs/${ID}/run.json`, JSON.stringify({ ...record, state: 'SUCCEEDED', attempt: 10_000 }))
  await put(singleLogKey(ID, 1), 'first\n')
  await put(logSegmentKey(ID, 2, 1), 'sec')
  await put(logSegmentKey(ID, 2, 2), 'ond\n')
  await put(singleLogKey(ID, 3), 'third\n')
  await put(logSegmentKey(ID, 10_000, 1), 'last\n')
  await put(logSegmentKey(ID, 10_001, 1), 'of no attempt\n')
  const all = '(attempt 1)\nfirst\n(attempt 2)\nsecond\n(attempt 3)\nthird\n(attempt 10000)\nlast\n'
  expect((await collect(runs.readLog(ID))).join('')).toBe(all)
  expect((await collect(runs.followLog(ID))).join('')).toBe(all)
  expect((await collect(runs.readLog(ID, 2))).join('')).toBe('second\n')
  expect(await store.head(addressOf(1))).toBeNull()
})
