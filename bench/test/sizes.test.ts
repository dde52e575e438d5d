import { expect, test } from 'vitest'
import { sizesOf } from '../src/sizes.ts'
import { planSubjects } from '../src/subject.ts'

test('a complete run has tables of over 1 GB, and results of 1 and 10 million rows', () => {
  const sizes = sizesOf({ megabytes: 1040, big: false })
  expect(sizes.narrow * 30.5).toBeGreaterThan(1e9)
  expect(sizes.wide * 138).toBeGreaterThan(1e9)
  expect(sizes.lengths).toEqual([1e6, 1e7])
  expect(sizes.long).toBeNull()
})

test('--big adds a table of 100 million rows', () => {
  const sizes = sizesOf({ megabytes: 1040, big: true })
  expect(sizes.lengths).toEqual([1e6, 1e7, 1e8])
  expect(sizes.long).toBe(1e8)
  const subject = planSubjects(sizes).find(({ id }) => id === 'mysql/rows-100000000')
  expect(subject?.query).toBe('SELECT * FROM table1_long LIMIT 100000000')
})

test('small tables also have results of two lengths, and slices that fit', () => {
  const sizes = sizesOf({ megabytes: 2, big: false })
  expect(sizes.lengths).toEqual([sizes.narrow / 10, sizes.narrow])
  expect(sizes.narrowSlice).toBe(sizes.narrow)
  expect(sizes.wideSlice).toBe(sizes.wide)
})

test('subjects have unique names', () => {
  const ids = planSubjects(sizesOf({ megabytes: 1040, big: true })).map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
})
