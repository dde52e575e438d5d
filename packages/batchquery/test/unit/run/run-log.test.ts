import { expect, test, vi } from 'vitest'

import { LogReader } from '../../../src/run/log-reader.ts'
import { LogWriter } from '../../../src/run/log-writer.ts'
import { BUCKET, collect, home, newRun, PINNED, RUNNER } from './fixture.ts'

const ID = newRun().id

test('a follower gets the whole log, from before the claim to the end', async () => {
  const { runs, log } = await home()
  await runs.submit(newRun())
  const followed = (async () => (await collect(runs.followLog(ID))).join(''))()
  const run = await runs.claim(newRun(), RUNNER, log)
  await run.start(PINNED)
  const pieces: string[] = []
  for (let line = 0; line < 20; line++) {
    const text = `${line} äöü🙂${'x'.repeat(line * 50)}`
    pieces.push(text)
    log.info(text)
    if (line % 4 === 0) await new Promise(resolve => setTimeout(resolve, 8))
  }
  await run.finish(null)
  const lines = (await followed).split('\n')
  expect(lines.map(line => line.replace(/^\S+ INFO /, ''))).toEqual([...pieces, ''])
  expect((await collect(runs.readLog(ID))).join('')).toBe(lines.join('\n'))
})

test('a follower sees lines while the run goes on, and stops when it is told to', async () => {
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

test('a log without end keeps its beginning and its last lines', async () => {
  const { store } = await home()
  const address = { bucket: BUCKET, key: 'log' }
  const writer = new LogWriter(store, address, 5)
  const reader = new LogReader(store, address)
  const followed: string[] = []
  const lines = 40_000
  const entry = (line: number) => `${String(line).padStart(8, '0')} ${'x'.repeat(500)}\n`
  for (let line = 0; line < lines; line++) {
    writer.append(entry(line))
    if (line % 8_000 === 0) followed.push(...(await collect(reader.added())))
  }
  await vi.waitUntil(async () => (await store.head(address))?.bytes)
  followed.push(...(await collect(reader.added())))
  await writer.close()
  followed.push(...(await collect(reader.added())))

  const text = followed.join('')
  expect(text).toBe(Buffer.from((await store.read(address))?.bytes ?? []).toString())
  expect(text.length).toBeLessThan(8.2 * 1024 * 1024)
  const [head = '', tail = ''] = text.split(/\(the log is full: .*\)\n/)
  const [, leftOut = '', last = ''] = /^\((\d+) entries left out\)\n(.*)$/s.exec(tail) ?? []
  const kept = (part: string) => part.length / entry(0).length
  expect(head.startsWith(entry(0))).toBe(true)
  expect(last.endsWith(entry(lines - 1))).toBe(true)
  expect(kept(head) + Number(leftOut) + kept(last)).toBe(lines)
})
