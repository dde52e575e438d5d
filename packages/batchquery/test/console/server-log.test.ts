import { expect, test } from 'vitest'
import { BUCKET, home, newRun, PINNED, RUNNER } from '../unit/run/fixture.ts'
import { Served } from './served.ts'

const { id: ID } = newRun()
const LOG = `/api/runs/${ID}/log`
const segment = (number: number, attempt = 1) =>
  `runs/${ID}/log/${String(attempt).padStart(4, '0')}-${String(number).padStart(4, '0')}.txt`

/** A run that has ended, whose log is this text in segments of so many bytes. */
async function serveLog(text: string, bytes = 1000) {
  const fixture = await home()
  await (await fixture.runs.claim(newRun(), RUNNER, fixture.log)).finish(null)
  const all = Buffer.from(text)
  for (let at = 0, number = 1; at < all.length; at += bytes, number++)
    await fixture.store.put({ bucket: BUCKET, key: segment(number) }, all.subarray(at, at + bytes))
  return { ...fixture, console: await Served.start({ store: fixture.folder, bucket: BUCKET }) }
}

const lines = (count: number, text = (at: number) => `line ${at} – ünïcode`) =>
  Array.from({ length: count }, (_, at) => `${text(at)}\n`).join('')

test('the pieces of a log are whole lines and together the log, for every size of a piece', async () => {
  const text = lines(500)
  const { console } = await serveLog(text)
  for (const bytes of [100, 999, 1000, 5000, 4_000_000]) {
    const pieces: string[] = []
    for (let from = 0; ; ) {
      const piece = await console.get(`${LOG}?from=${from}&bytes=${bytes}`)
      if (piece.from === piece.bytes) break
      expect(piece).toMatchObject({ from, bytes: Buffer.byteLength(text), isComplete: true, layout: '' })
      expect(piece.text.endsWith('\n')).toBe(true)
      pieces.push(piece.text)
      from = piece.to
    }
    expect(pieces.join('')).toBe(text)
  }
})

test('a piece begins with the next line when the request seeks, and is the end when it names no position', async () => {
  const { console } = await serveLog(lines(100, at => `line ${String(at).padStart(3, '0')}`))
  expect((await console.get(`${LOG}?from=12&bytes=20&seek=1`)).text).toBe('line 002\n')
  expect((await console.get(`${LOG}?bytes=20`)).text).toBe('line 098\nline 099\n')
  expect((await console.get(`${LOG}?from=99999&bytes=20`)).text).toBe('')
})

test('a line that is longer than a piece comes in several pieces', async () => {
  const text = `short\n${'x'.repeat(5000)}\nend\n`
  const { console } = await serveLog(text)
  const pieces: string[] = []
  for (let from = 0; from < text.length; ) {
    const piece = await console.get(`${LOG}?from=${from}&bytes=1000`)
    expect(piece.to).toBeGreaterThan(from)
    pieces.push(piece.text)
    from = piece.to
  }
  expect(pieces.join('')).toBe(text)
})

test('a log of 100 MB is read in pieces, of which each reads only its own segments', async () => {
  const size = 256 * 1024
  const block = `${'y'.repeat(1023)}\n`.repeat(size / 1024)
  const { console, store } = await serveLog('')
  for (let number = 1; number <= 400; number++)
    await store.put({ bucket: BUCKET, key: segment(number) }, Buffer.from(block))
  await store.put({ bucket: BUCKET, key: segment(401) }, Buffer.from('the needle\n'))
  const end = await console.get(`${LOG}?bytes=2048`)
  expect(end.bytes).toBe(400 * size + 11)
  expect(end.text).toBe(`${'y'.repeat(1023)}\nthe needle\n`)
  const middle = await console.get(`${LOG}?from=${200 * size}&bytes=4096`)
  expect(middle).toMatchObject({ from: 200 * size, to: 200 * size + 4096 })
  const matches = []
  let searches = 0
  for (let next: number | null = 0; next !== null; searches++) {
    const found = await console.get(`${LOG}/search?text=NEEDLE&from=${next}`)
    matches.push(...found.matches)
    next = found.next
  }
  expect(matches).toEqual([{ from: 400 * size, line: 'the needle' }])
  expect(searches).toBe(7)
})

test('a search finds lines without regard to case, continues after 500, and keeps special characters as they are', async () => {
  const { console } = await serveLog(lines(1200, at => (at % 2 === 0 ? `Row (${at}).*` : 'other')))
  const first = await console.get(`${LOG}/search?text=${encodeURIComponent('ROW (')}`)
  expect(first.matches).toHaveLength(500)
  const rest = await console.get(`${LOG}/search?text=${encodeURIComponent(').*')}&from=${first.next}`)
  expect(rest).toMatchObject({ next: null })
  expect(rest.matches).toHaveLength(100)
  expect(rest.matches.at(-1).line).toBe('Row (1198).*')
  const piece = await console.get(`${LOG}?from=${rest.matches[7].from}&bytes=30`)
  expect(piece.text.split('\n')[0]).toBe(rest.matches[7].line)
})

test('a log grows while its run does, and is complete when the run has ended', async () => {
  const { runs, log, folder } = await home()
  const run = await runs.claim(newRun(), RUNNER, log)
  await run.start(PINNED)
  const console = await Served.start({ store: folder, bucket: BUCKET })
  run.warn('the first line')
  await expect.poll(async () => (await console.get(LOG)).text).toContain('the first line')
  const before = await console.get(LOG)
  expect(before.isComplete).toBe(false)
  run.warn('the last line')
  await run.finish(null)
  await expect.poll(async () => (await console.get(LOG)).isComplete).toBe(true)
  const added = await console.get(`${LOG}?from=${before.to}`)
  expect(added.text).toContain('the last line')
  expect(added.text).not.toContain('the first line')
})

test('a log says when its positions change because segments in its middle were deleted', async () => {
  const { console, store } = await serveLog(lines(300))
  const before = await console.get(`${LOG}?from=0&bytes=100`)
  await store.delete({ bucket: BUCKET, key: segment(3) })
  const after = await console.get(`${LOG}?from=0&bytes=100`)
  expect(after.layout).not.toBe(before.layout)
  expect(after.bytes).toBe(before.bytes - 1000)
})

test('each attempt has its own log, and a log of an earlier version is one object', async () => {
  const { console, store, runs, log } = await serveLog('')
  const record = await runs.read(ID)
  await store.put(
    { bucket: BUCKET, key: `runs/${ID}/run.json` },
    Buffer.from(JSON.stringify({ ...record, attempt: 3 })),
  )
  await store.put({ bucket: BUCKET, key: segment(1, 2) }, Buffer.from('second\n'))
  await store.put({ bucket: BUCKET, key: `runs/${ID}/log-0003.txt` }, Buffer.from('third\nlines\n'))
  log.info('')
  expect(await console.get(LOG)).toMatchObject({ attempt: 3, text: 'third\nlines\n' })
  expect(await console.get(`${LOG}?attempt=2`)).toMatchObject({ attempts: [2, 3], text: 'second\n' })
  expect((await console.get(`${LOG}?attempt=2`)).command).toMatch(/^batchquery logs \S+ --attempt 2/)
  expect(await console.refusal(`${LOG}?attempt=4`)).toMatchObject({ status: 400, code: 'USAGE' })
  const { url, name } = await console.get(`${LOG}/download?attempt=3`)
  expect(name).toBe(`${ID}-3.log`)
  const { headers, text } = await console.send(url)
  expect(text).toBe('third\nlines\n')
  expect(headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'content-disposition': `attachment; filename*=UTF-8''${ID}-3.log`,
  })
  expect((await console.send(url)).status).toBe(404)
})

test('hostile lines arrive as JSON, byte for byte', async () => {
  const hostile = '<script>alert(1)</script>\u001b[31m"red"\u001b[0m</pre>&amp;\u202e\n'
  const { console } = await serveLog(hostile)
  const { text } = await console.get(LOG)
  expect(text).toBe(hostile)
  const { headers } = await console.send(LOG, { headers: console.authorization })
  expect(headers['content-type']).toMatch(/^application\/json/)
})
