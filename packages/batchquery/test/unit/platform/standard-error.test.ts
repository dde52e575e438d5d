import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { talkOn } from '../../../src/platform/index.ts'

test('talkOn limits the waiting bytes, and reports dropped entries when the reader continues', () => {
  const read: string[] = []
  const waiting: (() => void)[] = []
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      read.push(text)
      waiting.push(done)
    },
  })
  const talk = talkOn(stream)
  const entry = `${'x'.repeat(99_999)}\n`
  for (let i = 0; i < 1_000; i++) talk(entry)
  expect(stream.writableLength).toBeLessThan(2 * 1024 * 1024)
  while (stream.writableLength > 0) waiting.shift()?.()
  talk('later\n')
  while (stream.writableLength > 0) waiting.shift()?.()
  const dropped = 1_000 - (read.length - 2)
  expect(read.slice(-2)).toEqual([
    `(${dropped} entries are missing here because the reader of stderr was too slow)\n`,
    'later\n',
  ])
})
