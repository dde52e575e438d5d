import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import {
  downloadJoined,
  downloadParts,
  recordedDestination,
  verifyExport,
} from '../../../src/export/index.ts'
import { live, PLACES, type Result, runsIn, textOf } from './fixture.ts'

const RESULT: Result = { word: 'row', lines: 300, overwrite: true }

describe.each(PLACES)('on %s', (_kind, create) => {
  async function publishedExport() {
    const place = await create()
    onTestFinished(() => place.close())
    const store = place.open()
    await live(store, place.bucket, 'r1', RESULT)
    const runs = runsIn(store, place.bucket)
    const {
      streamed: [published],
    } = await runs.publishedResults(await runs.read('r1'))
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-get-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const source = { published, destination: recordedDestination(published, store) }
    const counted = { rows: 0, bytes: 0, parts: 0 }
    const count = (rows: number, bytes: number, parts: number) => {
      counted.rows += rows
      counted.bytes += bytes
      counted.parts += parts
    }
    const { signal } = new AbortController()
    const options = { folder, overwrite: false, runId: 'r1', progress: count, signal }
    return { source, folder, options, counted, count, store }
  }

  test('the parts that are read equal the published ones, and are counted', async () => {
    const { source, folder, options, counted } = await publishedExport()
    await downloadJoined(source, 'all', options)
    expect(counted).toEqual({ rows: 300, bytes: textOf(RESULT).length, parts: source.published.parts.length })
    expect(await readdir(folder)).toEqual(['all'])
  })

  test('an interrupted download leaves whole files and no unfinished ones', async () => {
    const { source, folder, options } = await publishedExport()
    const stop = new AbortController()
    const progress = (_rows: number, _bytes: number, parts: number) => {
      if (parts > 0) stop.abort(new BatchQueryError('CANCELLED', 'interrupted'))
    }
    const download = downloadParts([source], '.', { ...options, progress, signal: stop.signal })
    await expect(download).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await readdir(folder)).toEqual(['r.part_00000'])
  })

  test('verify finds differences in the store', async () => {
    const { source, store, count } = await publishedExport()
    const { published, destination } = source
    const found = async () => {
      const messages: string[] = []
      for await (const { message } of verifyExport(published, destination, count)) messages.push(message)
      return messages
    }
    expect(await found()).toEqual([])
    const { bucket } = destination
    const [first, second] = published.parts
    await store.delete(first.token)
    await store.put(second.token, Buffer.alloc(second.bytes))
    await store.put({ bucket, key: 'out/r.part_00099' }, Buffer.from('x'))
    await store.put({ bucket, key: 'out/r.manifest' }, Buffer.from('{}'))
    expect(await found()).toEqual([
      `${first.uri} is missing`,
      expect.stringContaining(`${second.uri} has SHA-256`),
      expect.stringContaining('part_00099 is an extra part'),
      expect.stringContaining('out/r.manifest does not name the parts'),
    ])
  })
})
