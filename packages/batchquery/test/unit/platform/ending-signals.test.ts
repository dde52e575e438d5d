import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type EndingSignal, EndingSignals } from '../../../src/platform/index.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function taken() {
  const requests: EndingSignal[] = []
  return { requests, signals: new EndingSignals(name => requests.push(name)) }
}

const send = (...names: readonly EndingSignal[]) => {
  for (const name of names) process.emit(name, name)
}

test('a signal counts as the same request within a second, and as another one after that', () => {
  const { requests, signals } = taken()
  send('SIGINT', 'SIGINT')
  vi.advanceTimersByTime(999)
  send('SIGINT')
  expect(requests).toEqual(['SIGINT'])
  vi.advanceTimersByTime(1)
  send('SIGINT')
  expect(requests).toEqual(['SIGINT', 'SIGINT'])
  signals.dispose()
})

test('another signal is another request at once', () => {
  const { requests, signals } = taken()
  send('SIGINT', 'SIGTERM', 'SIGHUP')
  expect(requests).toEqual(['SIGINT', 'SIGTERM', 'SIGHUP'])
  signals.dispose()
})

test('only repetitions within a second are taken when the next request has its usual effect', () => {
  const { requests, signals } = taken()
  send('SIGTERM')
  signals.releaseNext()
  expect(['SIGINT', 'SIGTERM', 'SIGHUP'].map(name => process.listenerCount(name))).toEqual([0, 1, 0])
  send('SIGTERM')
  vi.advanceTimersByTime(1_000)
  expect(process.listenerCount('SIGTERM')).toBe(0)
  expect(requests).toEqual(['SIGTERM'])
})
