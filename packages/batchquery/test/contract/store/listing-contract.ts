import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ObjectAddress, StagedObject, Store } from '../../../src/store/index.ts'
import { cases } from '../../setup/chance.ts'

/** How much the suite asks of a store: less if the store answers over a network. */
export interface ListingEffort {
  /** The number of objects in the listing that takes several pages. */
  readonly manyObjects: number
  /** How many sets of keys are listed. */
  readonly keySets: number
}

export interface ListingFixture {
  store(): Store
  at(key: string): ObjectAddress
  keys(prefix?: string, startAfter?: string): Promise<string[]>
  stage(key: string, content: string): Promise<StagedObject>
}

/** As Array.fromAsync, which Node 20 lacks. */
export const all = <T>(items: AsyncIterable<T> | readonly T[]): Promise<T[]> => Readable.from(items).toArray()

/** The part of the store contract about listings. */
export function listingContract(
  { manyObjects, keySets }: ListingEffort,
  { store, at, keys, stage }: ListingFixture,
): void {
  describe('a listing', () => {
    const inOrder = (keys: readonly string[]): string[] =>
      [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))

    it("is in the order of the keys' bytes, for any prefix and start", async () => {
      // No name is also the name of a folder, because a directory cannot have both.
      const names = fc.constantFrom('a', 'b', 'a.b', 'a-b', 'a b', 'ab', 'é!', '\uffee', '😀!', '~')
      const folders = fc.array(fc.constantFrom('A', 'Aa', 'A.', 'A-', 'é', '😀', 'A~'), { maxLength: 3 })
      const key = fc.tuple(folders, names).map(([path, name]) => [...path, name].join('/'))
      const anything = fc.oneof(
        key,
        fc.string({ maxLength: 3 }),
        fc.constantFrom('', 'A', 'A/', 'A/A', '/', '../', 'é/'),
      )
      const checks = fc.array(fc.tuple(anything, anything), { minLength: 10, maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(key, { minLength: 1, maxLength: 30 }),
          checks,
          async (written, looks) => {
            for (const left of await keys()) await store().delete(at(left))
            const sorted = inOrder(written)
            await Promise.all(written.map(one => store().put(at(one), Buffer.of(1, 2))))
            expect(await keys()).toEqual(sorted)
            for (const [prefix, start] of looks) {
              expect(await keys(prefix)).toEqual(sorted.filter(one => one.startsWith(prefix)))
              const after = inOrder([...new Set([...written, start])])
              const expected = after.slice(after.indexOf(start) + 1).filter(one => one.startsWith(prefix))
              expect(await keys(prefix, start), `${prefix} after ${start}`).toEqual(expected)
            }
          },
        ),
        { numRuns: cases(keySets) },
      )
    })

    it('has very many objects, each as head returns it, as far as the caller iterates', async () => {
      const written = Array.from(
        { length: manyObjects },
        (_, index) => `runs/${String(index).padStart(5, '0')}`,
      )
      const left = written.values()
      const writer = async () => {
        for (const key of left) await store().put(at(key), Buffer.from(key.slice(0, 8)))
      }
      await Promise.all(Array.from({ length: 16 }, writer))
      const found = await all(store().list(at('').bucket, 'runs/'))
      expect(found.map(info => info.key)).toEqual(written)
      expect(found[123]).toEqual(await store().head(at('runs/00123')))
      expect(await keys('', written.at(-11))).toEqual(written.slice(-10))
      const first: string[] = []
      for await (const { key } of store().list(at('').bucket, '')) if (first.push(key) === 3) break
      expect(first).toEqual(written.slice(0, 3))
    })

    it('leaves out staged objects', async () => {
      const { token } = await stage('a/b', 'staged')
      await store().put(at('a/c'), Buffer.of(1))
      expect([await keys(), await keys('a/'), await keys('.')]).toEqual([['a/c'], ['a/c'], []])
      await store().abort(token)
    })
  })
}
