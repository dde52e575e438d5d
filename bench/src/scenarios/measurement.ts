import type { Usage } from '../process/measure.ts'
import type { ProgramReport } from '../programs/report.ts'
import type { Measurement } from './scenario.ts'

/** For other programs: all of their time counts for the export. */
export const ofProcess = ({ seconds, cpuSeconds, peakMegabytes }: Usage): Measurement => ({
  seconds,
  processSeconds: seconds,
  cpuSeconds,
  peakMegabytes,
  gcSeconds: null,
  syncSeconds: null,
})

/** For our own programs, which report when the query was sent. CPU time and memory are those of the whole process. */
export const ofReport = (usage: Usage, report: ProgramReport): Measurement => ({
  seconds: report.seconds,
  processSeconds: usage.seconds,
  cpuSeconds: usage.cpuSeconds,
  peakMegabytes: usage.peakMegabytes,
  gcSeconds: report.gcSeconds,
  syncSeconds: report.syncSeconds > 0 ? report.syncSeconds : null,
})

/** The last line of one of our own programs. */
export function readReport({ stdout }: Usage): ProgramReport {
  const report: ProgramReport = JSON.parse(stdout)
  return report
}
