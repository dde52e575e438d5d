import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../src/errors/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { all, type ListingFixture } from './listing-contract.ts'

export interface ObjectFixture extends ListingFixture {
  bucket(): string
  /** The owner of staged objects. */
  readonly owner: string
  /** The same store, as another process opens it. */
  elsewhere(): Store
  /** An object as text. Null if it does not exist. */
  text(key: string): Promise<string | null>
}

const MIB = 1024 * 1024

/** The part of the store contract about keys, and about objects that are written in one step. */
export function objectContract({
  bucket,
  owner,
  store,
  elsewhere,
  at,
  keys,
  text,
  stage,
}: ObjectFixture): void {
  describe('small objects', () => {
    it('are created by one of twenty writers', async () => {
      const created = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? store() : elsewhere()).create(
            at('runs/r1/attempt-0001'),
            Buffer.from(`runner ${index}`),
          ),
        ),
      )
      const winners = created.flatMap((won, index) => (won ? [index] : []))
      expect(winners).toHaveLength(1)
      expect(await text('runs/r1/attempt-0001')).toBe(`runner ${winners[0]}`)
      expect(await store().create(at('runs/r1/attempt-0001'), Buffer.from('late'))).toBe(false)
      expect(await keys()).toEqual(['runs/r1/attempt-0001'])
    })

    it('are replaced as a whole while others read', async () => {
      const versions = ['a', 'b', 'c'].map(letter => Buffer.from(letter.repeat(100_000)))
      await store().put(at('run.json'), Buffer.from('a'.repeat(100_000)))
      const seen = new Set<string>()
      await Promise.all([
        ...versions.map(version => store().put(at('run.json'), version)),
        ...versions.map(async () => seen.add((await text('run.json')) ?? '')),
      ])
      for (const version of seen) expect(version).toMatch(/^(a{100000}|b{100000}|c{100000})$/)
      expect(await keys()).toEqual(['run.json'])
    })

    it('are not replaced when they have another version than the seen one, if the store compares versions', async () => {
      const first = await store().putOver(at('run.json'), Buffer.from('first'), null)
      const seen = first?.version ?? null
      expect(await elsewhere().putOver(at('run.json'), Buffer.from('second'), seen)).not.toBeNull()
      const late = await store().putOver(at('run.json'), Buffer.from('late'), seen)
      expect(late === null).toBe(seen !== null)
      expect(await text('run.json')).toBe(seen === null ? 'late' : 'second')
    })

    it('have the size of the written bytes', async () => {
      await store().put(at('run.json'), Buffer.from('{}'))
      expect(await store().head(at('run.json'))).toMatchObject({ key: 'run.json', bytes: 2 })
      await store().put(at('empty'), Buffer.alloc(0))
      expect(await store().head(at('empty'))).toMatchObject({ bytes: 0 })
      expect(await text('empty')).toBe('')
      expect(await all((await store().open(at('empty'), 0, 10)) ?? [])).toEqual([])
    })

    it('are distinct from missing ones', async () => {
      await store().put(at('there/1'), Buffer.from('x'))
      for (const key of ['absent', 'there', 'there/2', 'there/1/below']) {
        expect([
          await store().head(at(key)),
          await store().read(at(key)),
          await store().open(at(key), 0),
        ]).toEqual([null, null, null])
        await store().delete(at(key))
      }
      expect(await keys()).toEqual(['there/1'])
      await store().delete(at('there/1'))
      await store().delete(at('there/1'))
      expect(await keys()).toEqual([])
      expect(await keys('there/')).toEqual([])
    })

    it('are read from any byte on, up to any other', async () => {
      const content = randomBytes(2 * MIB + 17)
      await store().put(at('log'), content)
      for (const start of [0, 1, MIB, 2 * MIB + 16, 2 * MIB + 17, 3 * MIB]) {
        const chunks = await all((await store().open(at('log'), start)) ?? [])
        expect(content.subarray(start).equals(Buffer.concat(chunks)), `from ${start}`).toBe(true)
      }
      const ranges = [
        [0, 1],
        [MIB - 1, 2 * MIB + 1],
        [2 * MIB + 16, 2 * MIB + 17],
        [1, 3 * MIB],
        [2 * MIB + 17, 2 * MIB + 18],
      ]
      for (const [start, end] of ranges) {
        const chunks = await all((await store().open(at('log'), start, end)) ?? [])
        expect(content.subarray(start, end).equals(Buffer.concat(chunks)), `${start} to ${end}`).toBe(true)
      }
      for await (const chunk of (await store().open(at('log'), 0)) ?? []) {
        expect(content.subarray(0, chunk.length).equals(chunk)).toBe(true)
        break
      }
    })

    it('are dated by the clock that now() reads', async () => {
      const resolution = 1000
      const before = await store().now(bucket())
      await store().put(at('run.json'), Buffer.from('{}'))
      const after = await elsewhere().now(bucket())
      const modified = (await store().head(at('run.json')))?.lastModified.getTime()
      expect(modified).toBeGreaterThanOrEqual(before.getTime() - resolution)
      expect(modified).toBeLessThanOrEqual(after.getTime() + resolution)
    })
  })

  describe('keys', () => {
    it.each([
      ['spaces', 'my report/  two  spaces '],
      ['quotes', `it's "quoted" \`so\` \\ and <tagged> & more`],
      ['URL characters', 'a+b%20c%2Fd?e=f#g;h:i@j,k=l'],
      ['what a shell reads', '$(echo x) *|!~'],
      ['control characters', 'tab\tand\nnewline'],
      ['all kinds of letters', 'Übersicht/報告/отчёт/🎉/é'],
      ['leading dots', '.hidden/..two/...'],
      ['a name of 255 bytes', `folder/${'é'.repeat(127)}x`],
      ['1,024 bytes', `${'k'.repeat(250)}/`.repeat(4).slice(0, 1004) + 'e'.repeat(20)],
    ])('may have %s', async (_, key) => {
      await store().put(at(key), Buffer.from('put'))
      expect(await text(key)).toBe('put')
      const { token } = await stage(key, 'staged')
      await store().commit(token, 6, false)
      expect(await text(key)).toBe('staged')
      expect(await store().head(at(key))).toMatchObject({ key, bytes: 6 })
      expect(await keys()).toEqual([key])
      expect(await keys(key)).toEqual([key])
      await store().delete(at(key))
      expect(await store().create(at(key), Buffer.of(1))).toBe(true)
    })

    it.each([
      ['nothing', ''],
      ['1,025 bytes', `${'k/'.repeat(512)}k`],
      ['half a character', 'a\ud83d'],
    ])('may not have %s', async (_, key) => {
      const refused = {
        code: 'KEY_INVALID' satisfies ErrorCode,
        message: expect.stringContaining(JSON.stringify(key.slice(0, 100)).slice(0, -1)),
      }
      const bytes = Buffer.of(1)
      await expect(store().stage(at(key), owner)).rejects.toMatchObject(refused)
      await expect(store().create(at(key), bytes)).rejects.toMatchObject(refused)
      await expect(store().put(at(key), bytes)).rejects.toMatchObject(refused)
      await expect(store().read(at(key))).rejects.toMatchObject(refused)
      await expect(store().open(at(key), 0)).rejects.toMatchObject(refused)
      await expect(store().head(at(key))).rejects.toMatchObject(refused)
      await expect(store().delete(at(key))).rejects.toMatchObject(refused)
    })
  })
}
