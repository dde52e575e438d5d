import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { BenchError } from '../src/bench-error.ts'
import { buildOf } from '../src/loops/builds.ts'
import { figuresOf, loopsTable } from '../src/loops/compare.ts'
import { type LoopBuild, LoopProcess } from '../src/loops/loop-process.ts'
import { answerFor, LOOPS, type Loop } from '../src/loops/loops.ts'
import { mysqlAnswer } from '../src/loops/mysql-answer.ts'
import { postgresAnswer } from '../src/loops/postgres-answer.ts'
import { NARROW, WIDE } from '../src/loops/rows.ts'
import { type LoopSample, runLoops } from '../src/loops/run-loops.ts'
import { asText } from '../src/report/table.ts'

const PROGRAM = join(import.meta.dirname, '../src/programs/loop.ts')
const OWN: LoopBuild = { name: 'own', argv: [process.execPath, '--import', 'tsx', PROGRAM] }
const ROWS = 700

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'batchquery-loops-test-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

function loopOf(id: string): Loop {
  const [loop] = LOOPS.filter(one => one.id === id)
  return loop
}

/** The output of the program for an answer. */
async function writtenOf(id: string, answer: Buffer) {
  const input = join(await folder(), 'answer')
  await writeFile(input, answer)
  const process = await LoopProcess.start(OWN, loopOf(id), input)
  onTestFinished(() => process.end())
  expect(await process.turn()).toBeGreaterThan(0)
  return process.written
}

const reportOf = (text: string) => ({
  rows: ROWS,
  bytes: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
})

const rowsOf = (separator: string) =>
  Array.from({ length: ROWS }, (_, at) => `${NARROW.valuesOf(at + 1).join(separator)}\n`).join('')

test('each loop of the narrow table writes its rows', async () => {
  expect(await writtenOf('mysql/text/narrow', mysqlAnswer(NARROW, ROWS, false))).toEqual(
    reportOf(rowsOf('\t')),
  )
  expect(await writtenOf('mysql/csv/narrow', mysqlAnswer(NARROW, ROWS, true))).toEqual(reportOf(rowsOf(',')))
  for (const [id, format, separator] of [
    ['postgres/text/narrow', 'TEXT', '\t'],
    ['postgres/csv/narrow', 'CSV', ','],
  ] as const)
    expect(await writtenOf(id, postgresAnswer(NARROW, ROWS, format))).toEqual(reportOf(rowsOf(separator)))
})

test('the loops of the wide table write the same CSV', async () => {
  const ofPostgres = await writtenOf('postgres/csv/wide', postgresAnswer(WIDE, ROWS, 'CSV'))
  expect(ofPostgres.rows).toBe(ROWS)
  expect(await writtenOf('mysql/csv/wide', mysqlAnswer(WIDE, ROWS, true))).toEqual(ofPostgres)
})

test('an answer has about the requested size', () => {
  for (const loop of LOOPS) expect(Math.abs(answerFor(loop, 500_000).length / 500_000 - 1)).toBeLessThan(0.1)
})

/** A program that pretends to write this, and to take so many seconds per turn. */
const pretending = (name: string, sha256: string, cpuSeconds: number): LoopBuild => ({
  name,
  argv: [
    process.execPath,
    '-e',
    `console.log(JSON.stringify({ rows: 1, bytes: 1, sha256: '${sha256}' }))
     require('node:readline').createInterface({ input: process.stdin })
       .on('line', () => console.log(JSON.stringify({ cpuSeconds: ${cpuSeconds} })))`,
    '--',
  ],
})
const SIZES = { rounds: 2, turns: 3, bytes: 10_000 }

test('a loop is slower when its turns take more than 5 % longer than the turns next to them', async () => {
  const loops = [loopOf('mysql/csv/wide')]
  const compared = async (own: number, other: number) =>
    figuresOf(await runLoops(loops, [pretending('own', 'a', own), pretending('other', 'a', other)], SIZES))
  expect(await compared(1.06, 1)).toMatchObject([{ loop: 'mysql/csv/wide', ratio: 1.06, isSlower: true }])
  expect(await compared(1.04, 1)).toMatchObject([{ ratio: 1.04, isSlower: false }])
  expect(await compared(0.5, 1)).toMatchObject([{ ratio: 0.5, isSlower: false }])
})

test('the comparison fails when the builds write different bytes', async () => {
  const builds = [pretending('own', 'a', 1), pretending('other', 'b', 1)]
  await expect(runLoops([loopOf('mysql/text/wide')], builds, SIZES)).rejects.toThrow(
    'mysql/text/wide: the builds do not write the same: 1 rows, 1 bytes, SHA-256 a; and 1 rows, 1 bytes, SHA-256 b',
  )
})

test('the error names a program that fails', async () => {
  const failing: LoopBuild = { name: 'failing', argv: [process.execPath, '-e', 'process.exit(3)', '--'] }
  await expect(runLoops([loopOf('mysql/text/wide')], [failing], SIZES)).rejects.toThrow(/process\.exit\(3\)/)
})

test("a turn is compared with the other build's turn next to it, and with no other turn", () => {
  const cpuSeconds = [
    [1, 2, 4, 8, 100],
    [1, 2, 4, 8, 10],
  ]
  const sample: LoopSample = { loop: 'a', round: 1, readBytes: 1e9, cpuSeconds }
  const figures = figuresOf([sample])
  expect(figures).toEqual([{ loop: 'a', perGigabyte: [4, 4], ratio: 1, isSlower: false }])
  expect(asText(loopsTable(figures, ['own', 'other']))).toContain('a     4.000  4.000  1.000')
})

test('one build has figures and no ratio', () => {
  const sample: LoopSample = { loop: 'a', round: 1, readBytes: 5e8, cpuSeconds: [[1, 3, 2]] }
  expect(figuresOf([sample])).toEqual([{ loop: 'a', perGigabyte: [4], ratio: null, isSlower: false }])
})

test('--against is refused when it is neither a built workspace nor a revision', async () => {
  await expect(buildOf('no-such-revision', process.execPath)).rejects.toThrow(BenchError)
  await expect(buildOf('no-such-revision', process.execPath)).rejects.toThrow('no-such-revision')
  const unbuilt = await folder()
  await writeFile(join(unbuilt, 'package.json'), '{}')
  await expect(buildOf(unbuilt, process.execPath)).rejects.toThrow('npm run build')
})
