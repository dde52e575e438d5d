import { expect, test } from 'vitest'
import { databaseDialect } from '../../../src/database/dialects.ts'
import { speedOf as speedOfDialect } from '../../../src/export/forecast/speed.ts'
import type { Dialect } from '../../../src/sql/index.ts'

const speedOf = (bytes: number | null, dialect: Dialect, ...rest: [typeof ROWS | typeof COLUMNS, number]) =>
  speedOfDialect(bytes, databaseDialect(dialect), ...rest)

const GB = 1_000_000_000
const ROWS = { rowGroupBytes: null }
const COLUMNS = { rowGroupBytes: 64 * 1024 * 1024 }

test('a quarter of a vCPU exports TEXT as fast as the benchmarks say', () => {
  const speed = speedOf(1000 * GB, 'mysql', ROWS, 1)
  // 27.2 MB/s, and 10.2 hours per TB: docs/benchmarks.md.
  expect((speed?.vcpuSeconds ?? 0) / 0.25 / 3600).toBeCloseTo(10.2, 1)
})

test('several sessions read as fast as each of them together', () => {
  const one = speedOf(100 * GB, 'postgres', ROWS, 1)
  const four = speedOf(100 * GB, 'postgres', ROWS, 4)
  expect(one?.leastSeconds).toBe(one?.secondsOfSession)
  expect(four?.leastSeconds).toBeCloseTo((one?.leastSeconds ?? 0) / 4, 6)
  expect(four?.vcpuSeconds).toBe(one?.vcpuSeconds)
})

test('PARQUET needs more CPU than TEXT', () => {
  const [rows, columns] = [ROWS, COLUMNS].map(format => speedOf(GB, 'mysql', format, 1))
  expect(columns?.vcpuSeconds).toBeGreaterThan(rows?.vcpuSeconds ?? 0)
})

test('no session limits DuckDB, and unknown bytes have no speed', () => {
  expect(speedOf(GB, 'duckdb', ROWS, 1)?.leastSeconds).toBe(0)
  expect(speedOf(null, 'mysql', ROWS, 1)).toBeNull()
})
