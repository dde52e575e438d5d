import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { S3Store } from '../../../src/store/index.ts'
import type { Manner, ProxiedRequest } from '../../faults/fault-proxy.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { adminCredentials, freshBucket } from '../../setup/s3-client.ts'
import { live, type Result, resultAt, textOf } from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

const MOST_AT_ONCE = 32
const MOST_FOR_A_PART = 4
/** The first part is also used to check the rights beforehand. */
const MORE_FOR_THE_FIRST = 2
/** Much longer than a client needs between two requests. */
const ANSWER_MS = 250

const PART = /(?:\.|\/p=\d+\/)part_\d+$/

const LARGE: Result = { word: 'large', lines: 4_000, overwrite: true }
const SMALL: Result = { word: 'small', lines: 10, overwrite: true }

/**
 * The part that a request of a publication concerns; null for other requests, and for those that stage a part. A listing of a partition
 * concerns its first part.
 */
function partOf({ method, url }: ProxiedRequest): string | null {
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const listed = /\/p=\d+\/$/.exec(searchParams.get('prefix') ?? '')?.[0]
  if (listed !== undefined) return `${listed}part_00000`
  const stages = searchParams.has('uploads') || (method === 'PUT' && searchParams.has('partNumber'))
  return stages ? null : (PART.exec(decodeURIComponent(pathname))?.[0] ?? null)
}

const isManifest = ({ method, url }: ProxiedRequest): boolean =>
  method === 'PUT' && /\.manifest(\?|$)/.test(url)

/** Counts the requests of publications: for each part, and how many are in progress at once. */
class Watch {
  atOnce = 0
  most = 0
  deletes = 0
  /** How many were in progress when the manifest was written, and how many came after it. */
  besideManifest = -1
  afterManifest = 0
  readonly forPart = new Map<string, number>()

  readonly manner: Manner = async (request, forward) => {
    if (isManifest(request)) {
      this.besideManifest = this.atOnce
      this.afterManifest = 0
      return forward(request)
    }
    const part = partOf(request)
    if (part === null) return forward(request)
    this.afterManifest++
    if (request.method === 'DELETE') this.deletes++
    this.most = Math.max(this.most, ++this.atOnce)
    await sleep(ANSWER_MS)
    const answer = await forward(request).finally(() => this.atOnce--)
    // The client repeats a request that an overloaded server could not answer.
    if (answer.status < 500) this.forPart.set(part, (this.forPart.get(part) ?? 0) + 1)
    return answer
  }

  reset(): void {
    this.most = 0
    this.deletes = 0
    this.forPart.clear()
  }
}

const watch = new Watch()
const proxy = await s3Proxy([watch.manner])
const bucket = await freshBucket()

function open(): S3Store {
  watch.reset()
  const { region } = inject('s3')
  return new S3Store({ client: { endpoint: proxy.endpoint, region, credentials: adminCredentials() } })
}

const expectBounds = (): void => {
  expect(watch.most).toBeLessThanOrEqual(MOST_AT_ONCE)
  expect(watch.most).toBeGreaterThan(MOST_AT_ONCE / 4)
  const {
    '.part_00000': bare,
    '/p=0/part_00000': first = bare,
    ...others
  } = Object.fromEntries(watch.forPart)
  expect(first).toBeLessThanOrEqual(MOST_FOR_A_PART + MORE_FOR_THE_FIRST)
  expect(Math.max(...Object.values(others))).toBeLessThanOrEqual(MOST_FOR_A_PART)
  expect([watch.besideManifest, watch.afterManifest]).toEqual([0, 0])
}

test.each([false, true])(
  'a publication works on many parts at once, with few requests for each (OVERWRITE %s)',
  async overwrite => {
    const result = { ...LARGE, overwrite, prefix: `out/${overwrite}` }
    expect(await live(open(), bucket, `large-${overwrite}`, result)).toBe(true)
    expect(watch.forPart.size).toBeGreaterThan(MOST_AT_ONCE)
    expectBounds()
    expect(await resultAt(open(), bucket, result.prefix)).toMatchObject({
      text: textOf(result),
      manifest: true,
    })
  },
)

test.each([
  [false, false],
  [true, false],
  [true, true],
])(
  'a publication of partitions takes no more requests for each part (OVERWRITE %s, PARTITIONS %s)',
  async (overwrite, keepsOthers) => {
    const prefix = `out/tree-${overwrite}-${keepsOthers}`
    const result = { ...LARGE, overwrite, keepsOthers, prefix, partitions: 100 }
    expect(await live(open(), bucket, `tree-${overwrite}-${keepsOthers}`, result)).toBe(true)
    expect(watch.forPart.size).toBe(100)
    expectBounds()
  },
)

test('a publication removes many stale parts at once', async () => {
  const prefix = 'out/stale'
  expect(await live(open(), bucket, 'stale-1', { ...LARGE, prefix })).toBe(true)
  expect(await live(open(), bucket, 'stale-2', { ...SMALL, prefix })).toBe(true)
  expectBounds()
  expect(watch.deletes).toBe(watch.forPart.size - 1)
  expect(await resultAt(open(), bucket, prefix)).toMatchObject({ text: textOf(SMALL), manifest: true })
})

test('a publication takes no more requests when another process completes it', async () => {
  const result = { ...LARGE, prefix: 'out/taken-over' }
  // Some parts are committed before that.
  const dying = new MortalStore(open(), { name: 'commit', key: '.part_00010' })
  expect(await live(dying, bucket, 'taken-over', result)).toBe(false)
  // The requests that the dead process sent must end first.
  await expect.poll(() => watch.atOnce).toBe(0)
  expect(await live(open(), bucket, 'taken-over', result)).toBe(true)
  expectBounds()
  expect(await resultAt(open(), bucket, 'out/taken-over')).toMatchObject({
    text: textOf(result),
    manifest: true,
  })
})
