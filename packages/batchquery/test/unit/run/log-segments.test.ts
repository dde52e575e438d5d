import { expect, test } from 'vitest'

import { isLeftOutNote, LogSegments } from '../../../src/run/log-segments.ts'

const MIB = 1024 * 1024

/** Applies the requested writes, as a store would. */
class Objects {
  readonly segments = new LogSegments()
  readonly there = new Map<number, string>()
  /** The numbers of all writes. */
  readonly written = new Set<number>()
  appended: string[] = []
  putBytes = 0
  requests = 0

  append(entry: string): boolean {
    this.appended.push(entry)
    return this.segments.append(entry)
  }

  flush(isOpenDue = true): void {
    let due = isOpenDue
    for (;;) {
      const write = this.segments.nextWrite(due)
      if (write !== null) {
        this.there.set(write.number, Buffer.from(write.bytes).toString())
        this.written.add(write.number)
        this.putBytes += write.bytes.length
        this.requests++
        write.done()
        if (write.isOpen) due = false
      }
      const dropped = this.segments.dropped()
      for (const number of dropped) this.there.delete(number)
      this.requests += dropped.length
      this.segments.deleted(dropped)
      if (write === null && dropped.length === 0) return
    }
  }

  get numbers(): number[] {
    return [...this.there.keys()].sort((one, other) => one - other)
  }

  get text(): string {
    return this.numbers.map(number => this.there.get(number)).join('')
  }
}

const line = (number: number) => `2026-11-23T02:15:45.000Z INFO line ${number}\n`

const SHAPES: Readonly<Record<string, (objects: Objects) => void>> = {
  'a line per second for 30 hours': objects => {
    for (let second = 0; second < 30 * 3600; second++) {
      objects.append(line(second))
      if (second % 3 === 2) objects.flush()
    }
  },
  'a line with each write': objects => {
    for (let write = 0; write < 20_000; write++) {
      objects.append(line(write))
      objects.flush()
    }
  },
  bursts: objects => {
    for (let write = 0; write < 2_000; write++) {
      for (let at = 0; at < (write % 100 === 0 ? 5_000 : 1); at++) objects.append(line(at))
      objects.flush()
    }
  },
  'a huge burst and then a trickle': objects => {
    for (let at = 0; at < 5_000; at++) objects.append(line(at))
    objects.flush()
    for (let write = 0; write < 1_000; write++) {
      objects.append(line(write))
      objects.flush()
    }
  },
  '100,000 lines': objects => {
    for (let at = 0; at < 100_000; at++) if (objects.append(line(at))) objects.flush(false)
  },
  'entries longer than a segment': objects => {
    for (let at = 0; at < 5; at++) {
      objects.append(line(at))
      objects.append(`${'x'.repeat(at)}${'äöü€🙂'.repeat(50_000)}\n`)
      objects.flush()
    }
  },
  'short entries between long ones': objects => {
    for (let at = 0; at < 30; at++) {
      objects.append(line(at))
      objects.append(`${'x'.repeat(256 * 1024 - 1)}\n`)
      if (at % 3 === 0) objects.flush()
    }
  },
}

test.each(Object.keys(SHAPES))('a log costs at most twelve times its bytes when it has %s', shape => {
  const objects = new Objects()
  SHAPES[shape]?.(objects)
  objects.flush()
  const text = objects.appended.join('')
  expect(objects.text === text).toBe(true)
  expect(objects.putBytes).toBeLessThanOrEqual(12 * Buffer.byteLength(text))
  expect(objects.numbers).toEqual(objects.numbers.map((_, at) => at + 1))
  for (const segment of objects.there.values()) {
    expect(Buffer.byteLength(segment)).toBeLessThanOrEqual(256 * 1024)
    expect(segment).not.toContain('\ufffd')
  }
})

/** Head, note and tail of a log without its middle. */
function partsOf(objects: Objects) {
  const notes = objects.numbers.filter(number => isLeftOutNote(objects.there.get(number) ?? ''))
  expect(notes).toHaveLength(1)
  const [note] = notes
  const textOf = (numbers: number[]) => numbers.map(number => objects.there.get(number)).join('')
  return {
    note,
    head: textOf(objects.numbers.filter(number => number < note)),
    leftOut: Number(/\d+/.exec(objects.there.get(note) ?? '')?.[0]),
    tail: textOf(objects.numbers.filter(number => number > note)),
  }
}

test.each([
  ['slowly', 20],
  ['quickly', 5_000],
  ['while nothing can be written', 1_000_000],
])('an endless log keeps its beginning and its end when it grows %s', (_, linesPerWrite) => {
  const objects = new Objects()
  const lines = 400_000
  const entry = (number: number) => `${String(number).padStart(8, '0')} ${'x'.repeat(90)}\n`
  for (let at = 0; at < lines; at++) {
    objects.append(entry(at))
    if (at % linesPerWrite === linesPerWrite - 1) objects.flush()
  }
  objects.flush()
  const text = objects.appended.join('')
  const { note, head, leftOut, tail } = partsOf(objects)
  expect(text.startsWith(head)).toBe(true)
  expect(text.endsWith(tail)).toBe(true)
  expect(head.length + leftOut + tail.length).toBe(text.length)
  for (const part of [head, tail]) {
    expect(part.length).toBeGreaterThanOrEqual(8 * MIB)
    expect(part.length).toBeLessThan(8.6 * MIB)
  }
  // The numbers have one gap, after the note.
  const behind = objects.numbers.filter(number => number > note)
  expect(objects.numbers.slice(0, note)).toEqual(Array.from({ length: note }, (_, at) => at + 1))
  expect(behind).toEqual(behind.map((_, at) => behind[0] + at))
  expect(objects.putBytes).toBeLessThan(12 * text.length)
  // Each segment is written at most 20 times and deleted once. The note is written once for each deleted segment.
  expect(objects.requests).toBeLessThan(25 * objects.written.size)
})

test('a segment is deleted when it was dropped while it was written', () => {
  const objects = new Objects()
  const entry = `${'x'.repeat(99)}\n`
  for (let bytes = 0; bytes < 9 * MIB; bytes += entry.length) if (objects.append(entry)) objects.flush(false)
  objects.append(entry)
  const write = objects.segments.nextWrite(true)
  for (let bytes = 0; bytes < 20 * MIB; bytes += entry.length) objects.append(entry)
  if (write === null) throw new Error('nothing is written')
  objects.there.set(write.number, Buffer.from(write.bytes).toString())
  write.done()
  // The note comes first: without it, a reader would take a gap for the end.
  expect(objects.segments.dropped()).toEqual([])
  objects.flush()
  expect(objects.there.has(write.number)).toBe(false)
  const { head, leftOut, tail } = partsOf(objects)
  expect(head.length + leftOut + tail.length).toBe(objects.appended.join('').length)
})

test('a write that failed is repeated with the text added since', () => {
  const { segments } = new Objects()
  segments.append('one\n')
  const first = segments.nextWrite(true)
  segments.append('two\n')
  const again = segments.nextWrite(true)
  expect([first, again].map(write => [write?.number, Buffer.from(write?.bytes ?? []).toString()])).toEqual([
    [1, 'one\n'],
    [1, 'one\ntwo\n'],
  ])
})

test('a segment is closed after 20 writes when it grows faster than its writes sum up', () => {
  const objects = new Objects()
  for (let write = 1; write <= 30; write++) {
    objects.append(`${'x'.repeat(write ** 2)}\n`)
    objects.flush()
  }
  expect(objects.there.get(1)?.match(/\n/g)).toHaveLength(20)
  expect(objects.numbers).toEqual([1, 2])
})

test('nothing is written when nothing was added', () => {
  const objects = new Objects()
  objects.flush()
  objects.append('one\n')
  objects.flush()
  objects.flush()
  expect(objects.requests).toBe(1)
})
