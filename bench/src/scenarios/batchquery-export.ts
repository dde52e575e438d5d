import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { s3Environment } from '../connections.ts'
import { countLines, decompressed } from '../files.ts'
import { BUCKET } from '../objects.ts'
import type { Limits } from '../process/limits.ts'
import type { NodeProgram } from '../process/node-program.ts'
import { programArgv } from '../process/programs.ts'
import type { ProgramReport } from '../programs/report.ts'
import type { Subject } from '../subject.ts'
import { expectEqual, expectText } from './checks.ts'
import { ofReport, readReport } from './measurement.ts'
import type { Measurement } from './scenario.ts'

/** How batchquery exports. */
export interface ExportWay {
  readonly node: NodeProgram
  readonly target: 'directory' | 's3'
  readonly format: 'TEXT' | 'CSV'
  readonly compression: 'NONE' | 'GZIP' | 'ZSTD'
  readonly limits?: Limits
}

const PART = 'output/result.part_00000'
const EXTENSION = { NONE: '', GZIP: '.gz', ZSTD: '.zst' } as const

/** Measures batchquery from sending the query to the last staged byte, then compares and removes the output. */
export function measureExport(bench: Bench, subject: Subject, way: ExportWay): Promise<Measurement> {
  return way.target === 's3' ? toS3(bench, subject, way) : toDirectory(bench, subject, way)
}

function toDirectory(bench: Bench, subject: Subject, way: ExportWay): Promise<Measurement> {
  return bench.withPath(async store => {
    await mkdir(join(store, BUCKET), { recursive: true })
    const { measurement, report } = await runExport(bench, subject, way, store, {})
    checkCounts(report, subject, way)
    if (bench.smoke) await checkFile(join(store, BUCKET, PART + EXTENSION[way.compression]), subject, way)
    return measurement
  })
}

async function toS3(bench: Bench, subject: Subject, way: ExportWay): Promise<Measurement> {
  try {
    const environment = s3Environment(bench.servers.s3)
    const { measurement, report } = await runExport(bench, subject, way, 's3', environment)
    checkCounts(report, subject, way)
    if (bench.smoke) expectText('batchquery to S3', await bench.objects.read(PART), subject)
    return measurement
  } finally {
    await bench.clearObjects()
  }
}

async function runExport(
  bench: Bench,
  subject: Subject,
  { node, format, compression, limits }: ExportWay,
  store: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ measurement: Measurement; report: ProgramReport }> {
  const argv = programArgv(node.path, 'export', {
    url: bench.urlOf(subject.dialect),
    query: subject.query,
    store,
    format,
    compression,
    publish: bench.smoke ? 'yes' : 'no',
  })
  const usage = await bench.measure({ argv, environment, ...(limits && { limits }) })
  const report = readReport(usage)
  return { measurement: ofReport(usage, report), report }
}

function checkCounts(report: ProgramReport, subject: Subject, { format, compression }: ExportWay): void {
  expectEqual(`batchquery: rows of ${subject.id}`, report.rows, subject.rows)
  if (format === 'TEXT' && compression === 'NONE' && subject.isOracle)
    expectEqual(`batchquery: bytes of ${subject.id}`, report.bytes, subject.textBytes)
}

async function checkFile(path: string, subject: Subject, { format, compression }: ExportWay): Promise<void> {
  if (format === 'TEXT') expectText('batchquery', await decompressed(path, compression), subject)
  else if (subject.table === 'table1')
    expectEqual(`batchquery: lines of ${subject.id}`, await countLines(path), subject.rows)
}
