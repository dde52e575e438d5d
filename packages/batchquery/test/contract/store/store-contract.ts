import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectAddress, StagedObject, StageToken, Store } from '../../../src/store/index.ts'
import { all, type ListingEffort, listingContract } from './listing-contract.ts'
import { objectContract } from './object-contract.ts'

export interface StoreFixture {
  /** An empty bucket that the test may write to. */
  readonly bucket: string
  /** Opens the same store again, as another process would. */
  open(): Store
  close(): Promise<void>
}

const MIB = 1024 * 1024
const OWNER = '20261123-021545-7k3f9q'

/** The tests that every store passes. The behavior of a single store has tests of its own. */
export function storeContract(
  name: string,
  makeStore: () => Promise<StoreFixture>,
  effort: ListingEffort = { manyObjects: 2_500, keySets: 15 },
): void {
  describe(`the store contract on ${name}`, () => {
    let fixture: StoreFixture
    let store: Store
    /** The same store, as another process opens it. */
    let elsewhere: Store

    beforeEach(async () => {
      fixture = await makeStore()
      store = fixture.open()
      elsewhere = fixture.open()
    })
    afterEach(() => fixture.close())

    const at = (key: string): ObjectAddress => ({ bucket: fixture.bucket, key })
    const keys = async (prefix = '', startAfter?: string): Promise<string[]> =>
      (await all(store.list(fixture.bucket, prefix, startAfter))).map(info => info.key)
    const text = async (key: string): Promise<string | null> => {
      const found = await store.read(at(key))
      return found === null ? null : Buffer.from(found.bytes).toString()
    }
    const stage = async (key: string, content: string): Promise<StagedObject> => {
      const staged = await store.stage(at(key), OWNER)
      await staged.write(Buffer.from(content))
      await staged.finish()
      return staged
    }

    describe('staging', () => {
      const blocks = (sizes: readonly number[]): Buffer[] => sizes.map(size => randomBytes(size))

      it.each([
        ['nothing', () => []],
        ['an empty write', () => blocks([0])],
        ['one small write', () => blocks([5])],
        [
          'many writes under way at once',
          (chunk: number) => blocks([chunk, chunk, Math.ceil(chunk * 0.75), chunk, 12_345]),
        ],
      ])('keeps the bytes of %s', async (_, make) => {
        const content = make(store.chunkBytes(64 * MIB))
        const whole = Buffer.concat(content)
        const staged = await store.stage(at('output/result'), OWNER)
        await Promise.all(content.map(block => staged.write(block)))
        await staged.finish()
        await store.commit(staged.token, whole.length, true)

        const found = await elsewhere.read(at('output/result'))
        expect(found?.info).toEqual(await elsewhere.head(at('output/result')))
        expect(found?.info).toMatchObject({ key: 'output/result', bytes: whole.length })
        expect(whole.equals(found?.bytes ?? Buffer.of(0))).toBe(true)
      })

      it('shows nothing before the commit', async () => {
        const staged = await store.stage(at('output/result'), OWNER)
        await staged.write(Buffer.from('hello'))
        const looks = async () => [
          await text('output/result'),
          await store.head(at('output/result')),
          await keys(),
        ]
        expect(await looks()).toEqual([null, null, []])
        await staged.finish()
        expect(await looks()).toEqual([null, null, []])
        expect(await elsewhere.inspect(staged.token, 5)).toBe('staged')
        await store.commit(staged.token, 5, true)
        expect(await looks()).toEqual(['hello', expect.objectContaining({ bytes: 5 }), ['output/result']])
        expect(await elsewhere.inspect(staged.token, 5)).toBe('committed')
      })

      it('commits objects in the order of the calls', async () => {
        const one = await stage('part_00000', 'one')
        const two = await stage('part_00001', 'two')
        await store.commit(two.token, 3, true)
        expect(await keys()).toEqual(['part_00001'])
        await store.commit(one.token, 3, true)
        expect(await keys()).toEqual(['part_00000', 'part_00001'])
      })

      it('replaces an object, and a reader that has begun gets the old one', async () => {
        const old = randomBytes(3 * MIB)
        await store.put(at('result'), old)
        const reading = await store.open(at('result'), 0)
        const staged = await stage('result', 'new')
        await store.commit(staged.token, 3, false)
        expect(await text('result')).toBe('new')
        expect(old.equals(Buffer.concat(await all(reading ?? [])))).toBe(true)
      })

      it('refuses to replace an object when it must not, and changes neither of the two', async () => {
        await store.put(at('result'), Buffer.from('theirs'))
        const staged = await stage('result', 'ours')
        await expect(store.commit(staged.token, 4, true)).rejects.toMatchObject({
          code: 'OUTPUT_EXISTS',
          message: expect.stringContaining('result'),
        })
        expect(await text('result')).toBe('theirs')
        expect(await store.inspect(staged.token, 4)).toBe('staged')
        await store.abort(staged.token)
        expect(await text('result')).toBe('theirs')
      })

      it('lets one of twenty exclusive commits win', async () => {
        const staged = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            stage('output/result', `writer ${String(index).padStart(2, '0')}`),
          ),
        )
        const ends = await Promise.allSettled(
          staged.map(({ token }, index) => (index % 2 === 0 ? store : elsewhere).commit(token, 9, true)),
        )
        const winners = ends.flatMap((end, index) => (end.status === 'fulfilled' ? [index] : []))
        expect(winners).toHaveLength(1)
        expect(ends.filter(end => end.status === 'rejected').map(end => end.reason.code)).toEqual(
          new Array(19).fill('OUTPUT_EXISTS'),
        )
        await Promise.all(staged.map(({ token }) => store.abort(token)))
        expect(await text('output/result')).toBe(`writer ${String(winners[0]).padStart(2, '0')}`)
        expect(await keys()).toEqual(['output/result'])
      })

      it.each([true, false])('commits again without harm (mustNotExist %s)', async mustNotExist => {
        const { token } = await stage('result', 'ours')
        await store.commit(token, 4, mustNotExist)
        const info = await store.head(at('result'))
        await store.commit(token, 4, mustNotExist)
        await elsewhere.commit(token, 4, mustNotExist)
        expect(await store.head(at('result'))).toEqual(info)
        expect(await keys()).toEqual(['result'])
      })

      it('does not mistake another object for the staged one', async () => {
        const { token } = await stage('result', 'ours')
        await store.commit(token, 4, true)
        expect(await store.inspect(token, 5)).toBe('gone')
        await store.put(at('result'), Buffer.from('alien'))
        expect(await store.inspect(token, 4)).toBe('gone')
        await store.put(at('result'), Buffer.from('them'))
        expect(await store.inspect(token, 4)).toBe('gone')
        await expect(store.commit(token, 4, false)).rejects.toMatchObject({ code: 'VERIFICATION' })
        await store.delete(at('result'))
        expect(await store.inspect(token, 4)).toBe('gone')
        await expect(store.commit(token, 4, true)).rejects.toMatchObject({ code: 'VERIFICATION' })
        expect(await keys()).toEqual([])
      })

      it('refuses to commit when the number of bytes differs', async () => {
        const { token } = await stage('result', 'ours')
        await expect(store.commit(token, 5, false)).rejects.toMatchObject({
          code: 'VERIFICATION',
          message: expect.stringMatching(/result.*5 bytes.*4 bytes/),
        })
        expect(await keys()).toEqual([])
        await store.commit(token, 4, false)
        expect(await text('result')).toBe('ours')
      })
    })

    describe('another process, with the token as JSON,', () => {
      const recorded = ({ token }: StagedObject): StageToken => JSON.parse(JSON.stringify(token))

      it('commits', async () => {
        const token = recorded(await stage('output/result', 'ours'))
        expect(await elsewhere.inspect(token, 4)).toBe('staged')
        await elsewhere.commit(token, 4, true)
        expect(await store.inspect(token, 4)).toBe('committed')
        expect(await text('output/result')).toBe('ours')
      })

      it('aborts an unfinished object', async () => {
        const staged = await store.stage(at('output/result'), OWNER)
        await staged.write(Buffer.from('ours'))
        const token = recorded(staged)
        await elsewhere.abort(token)
        await store.abort(token)
        expect(await elsewhere.inspect(token, 4)).toBe('gone')
        await expect(elsewhere.commit(token, 4, false)).rejects.toMatchObject({ code: 'VERIFICATION' })
        expect(await keys()).toEqual([])
      })

      it('aborts a finished object, also twice', async () => {
        const token = recorded(await stage('output/result', 'ours'))
        await elsewhere.abort(token)
        await elsewhere.abort(token)
        expect(await store.inspect(token, 4)).toBe('gone')
      })

      it('does not abort a committed object', async () => {
        const token = recorded(await stage('output/result', 'ours'))
        await store.commit(token, 4, true)
        await elsewhere.abort(token)
        expect(await store.inspect(token, 4)).toBe('committed')
        expect(await text('output/result')).toBe('ours')
      })
    })

    describe('a staged object of a dead process', () => {
      const left = async (prefix: string, owner = OWNER) =>
        all(elsewhere.listStaged(fixture.bucket, prefix, owner))
      const begin = (key: string) => store.stage(at(key), OWNER)

      it('is found by prefix and owner before it has a byte, and aborted', async () => {
        const [one, two] = [await begin('out/r.part_00000'), await begin('out/r.part_00001')]
        const other = await begin('out/r2.part_00000')
        await stage('out/r.part_00002', 'finished').then(({ token }) => store.commit(token, 8, true))
        const found = await left('out/r.part_')
        expect(found.map(({ key }) => key).sort()).toEqual(['out/r.part_00000', 'out/r.part_00001'])
        for (const token of found) {
          expect(token).toMatchObject({ bucket: fixture.bucket, owner: OWNER })
          expect(store.hasIssued(token)).toBe(true)
          await elsewhere.abort(token)
        }
        for (const { token } of [one, two]) {
          expect(await store.inspect(token, 0)).toBe('gone')
          await store.abort(token)
        }
        expect(await left('out/r.part_')).toEqual([])
        expect(await left('out/r')).toHaveLength(1)
        await store.abort(other.token)
        expect([await left(''), await left('no/such/')]).toEqual([[], []])
        expect(await text('out/r.part_00002')).toBe('finished')
      })

      it('is not found when it began later, was committed, or was aborted', async () => {
        const before = await begin('out/r.part_00000')
        const found = await left('out/r.part_')
        await store.abort(before.token)
        const since = await begin('out/r.part_00000')
        await since.write(Buffer.from('alive'))
        await since.finish()
        for (const token of found) await elsewhere.abort(token)
        await store.commit(since.token, 5, true)
        for (const token of found) await elsewhere.abort(token)
        expect(await text('out/r.part_00000')).toBe('alive')
      })

      it('is found on many pages, with any characters in its key', async () => {
        const keys = Array.from({ length: 7 }, (_, at) => `päth/ü +&%20.part_0000${at}`)
        const tokens = await Promise.all(keys.map(async key => (await begin(key)).token))
        expect((await left('päth/ü +&%20.part_')).map(({ key }) => key).sort()).toHaveLength(7)
        await Promise.all(tokens.map(token => store.abort(token)))
        expect(await left('päth/')).toEqual([])
      })
    })

    objectContract({
      bucket: () => fixture.bucket,
      owner: OWNER,
      store: () => store,
      elsewhere: () => elsewhere,
      ...{ at, keys, text, stage },
    })
    listingContract(effort, { store: () => store, at, keys, stage })
  })
}
