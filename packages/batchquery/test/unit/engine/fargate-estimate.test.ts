import { expect, test } from 'vitest'
import { estimateSizes } from '../../../src/engine/fargate/estimate.ts'

const MIB = 1024 * 1024
/** 100 GB of TEXT by one session of MySQL. */
const WORK = { memoryBytes: 160 * MIB, vcpuSeconds: 917, leastSeconds: 1370 }

test('more vCPUs shorten an export until its sessions limit it', () => {
  const sizes = estimateSizes([{ ...WORK, leastSeconds: 400 }])
  expect(sizes.map(({ cpu, memory, seconds }) => [cpu, memory, seconds])).toEqual([
    [256, 512, 3668],
    [512, 1024, 1834],
    [1024, 2048, 917],
    [2048, 4096, 458.5],
    [4096, 8192, 400],
  ])
})

test('a size has enough memory, and the cost is that of its memory', () => {
  const [first, second] = estimateSizes([{ ...WORK, memoryBytes: 3000 * MIB }])
  expect([first, second].map(({ cpu, memory }) => [cpu, memory])).toEqual([
    [512, 3072],
    [1024, 3072],
  ])
  // An hour of 0.5 vCPU and 3 GB at the prices of us-east-1.
  const hours = first.seconds / 3600
  expect(first.cost.X86_64).toBeCloseTo(hours * (0.5 * 0.04048 + 3 * 0.004445), 10)
  expect(first.cost.ARM64).toBeCloseTo(hours * (0.5 * 0.03238 + 3 * 0.00356), 10)
})

test('the exports of a task run one after the other, in the memory of the largest', () => {
  const [alone] = estimateSizes([WORK])
  const [both] = estimateSizes([WORK, { ...WORK, memoryBytes: 600 * MIB }])
  expect(both).toMatchObject({ seconds: 2 * alone.seconds, memory: 1024 })
})

test('an export of a second costs a minute of the smallest size, and no larger size is shown', () => {
  const sizes = estimateSizes([{ ...WORK, vcpuSeconds: 1, leastSeconds: 1 }])
  expect(sizes).toHaveLength(1)
  expect(sizes[0].cost.X86_64).toBeCloseTo((0.25 * 0.04048 + 0.5 * 0.004445) / 60, 10)
})

test('own prices replace those of AWS', () => {
  const [{ cost, seconds }] = estimateSizes([WORK], { vcpuHour: 1, gbHour: 0, currency: 'EUR' })
  expect(cost.X86_64).toBeCloseTo((seconds / 3600) * 0.25, 10)
  expect(cost.ARM64).toBe(cost.X86_64)
})
