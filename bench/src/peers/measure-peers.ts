import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { RunningS3 } from '../../../packages/batchquery/test/setup/radosgw.ts'
import type { Objects } from '../objects.ts'
import { CommandFailure, measure, type Usage } from '../process/measure.ts'
import { programPath } from '../process/programs.ts'
import { readReport } from '../scenarios/measurement.ts'
import type { Candidate, Job, Target } from './candidates/candidate.ts'
import { waitForQuiet, watchHarm } from './harm.ts'
import type { PeerCheck, PeerSample } from './record.ts'
import {
  bytesOf,
  download,
  type Expected,
  faultOfCount,
  faultOfParquet,
  objectBytes,
  resultFiles,
} from './results.ts'
import { serverCpuSeconds } from './server-cpu.ts'
import { type Source, withSession } from './sources.ts'
import type { PeerTable } from './tables.ts'

/** A program that takes longer is a crash. */
const PATIENCE_MS = 15 * 60_000

/** The folder and the store of all exports. */
export interface Workplace {
  readonly folder: string
  readonly s3: RunningS3
  readonly objects: Objects
}

/** A table of a database that candidates export. */
export interface Subject {
  readonly source: Source
  readonly table: PeerTable
  readonly target: Target
  readonly expected: Expected
}

type Check = Pick<PeerCheck, 'outcome' | 'message' | 'harm'>
type Measured = Omit<PeerSample, 'source' | 'table' | 'target' | 'candidate' | 'round'>

/** Runs a candidate once, while the database is watched, and checks the result. */
export function checkCandidate(place: Workplace, subject: Subject, candidate: Candidate): Promise<Check> {
  return withJob(place, subject, async job => {
    const command = await candidate.command(job)
    const watch = await watchHarm(subject.source)
    const usage = await measure(command, timesFile(place), PATIENCE_MS).catch(failureOf)
    const harm = await watch.stop()
    if (usage instanceof CommandFailure) {
      const message = shorten(usage.output, [subject.source.server.password])
      return { outcome: isCrash(usage) ? 'crash' : 'refused', message, harm: null }
    }
    if (job.s3 !== null) await download(place.objects, job.folder)
    const fault = candidate.isText
      ? faultOfCount(readReport(usage).rows, subject.expected)
      : await faultOfParquet(await resultFiles(job.folder), subject.table.columns, subject.expected)
    return { outcome: fault === null ? 'correct' : 'wrong', message: fault, harm }
  })
}

/** @throws CommandFailure if the program fails */
export function measureCandidate(
  place: Workplace,
  subject: Subject,
  candidate: Candidate,
): Promise<Measured> {
  return withJob(place, subject, async job => {
    const command = await candidate.command(job)
    const { usage, serverCpu } = await withServerCpu(subject.source, () =>
      measure(command, timesFile(place), PATIENCE_MS),
    )
    const files = await resultFiles(job.folder)
    return {
      seconds: usage.seconds,
      clientCpuSeconds: usage.cpuSeconds,
      serverCpuSeconds: serverCpu,
      peakMegabytes: usage.peakMegabytes,
      fileBytes: job.s3 === null ? await bytesOf(files) : await objectBytes(place.objects),
      readCpuSeconds: job.s3 === null && !candidate.isText ? await readCpuSeconds(place, files) : null,
    }
  })
}

async function withJob<T>(
  { folder, s3, objects }: Workplace,
  { source, table, target }: Subject,
  work: (job: Job) => Promise<T>,
): Promise<T> {
  const own = join(folder, 'export')
  await mkdir(own)
  try {
    return await work({ source, table: table.name, folder: own, s3: target === 's3' ? s3.server : null })
  } finally {
    await rm(own, { recursive: true, force: true })
    if (target === 's3') {
      await objects.clear()
      await s3.collectGarbage()
    }
  }
}

const timesFile = ({ folder }: Workplace): string => join(folder, 'times')

function withServerCpu(
  source: Source,
  work: () => Promise<Usage>,
): Promise<{ readonly usage: Usage; readonly serverCpu: number }> {
  return withSession(source, async session => {
    await waitForQuiet(source, session)
    const before = await serverCpuSeconds(source)
    const usage = await work()
    await waitForQuiet(source, session)
    return { usage, serverCpu: (await serverCpuSeconds(source)) - before }
  })
}

async function readCpuSeconds(place: Workplace, files: readonly string[]): Promise<number> {
  const argv = [process.execPath, programPath('read-parquet'), ...files]
  return readReport(await measure({ argv }, timesFile(place))).cpuSeconds
}

/** @throws the error if it is another one */
function failureOf(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error
  throw error
}

/** A signal, the exit code of a panic of Rust, or 128 and a signal. */
const isCrash = ({ outcome, output }: CommandFailure): boolean =>
  typeof outcome !== 'number' || outcome > 100 || /panicked|PanicException|SIGSEGV/.test(output)

const LONGEST_MESSAGE = 200

/** The most informative lines of the output, without the colors of a terminal. */
export function shorten(output: string, secrets: readonly string[]): string {
  const plain = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), output)
  const lines = stripVTControlCharacters(plain)
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  const telling = lines.findLastIndex(line => /error|panic|fatal|fail|unsupported/i.test(line))
  const [line = 'no message', next = ''] = lines.slice(telling)
  const text = line.endsWith(':') ? `${line} ${next}` : line
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text
}
