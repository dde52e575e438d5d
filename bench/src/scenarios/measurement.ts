import type { Usage } from '../process/measure.ts'
import type { ProgramReport } from '../programs/report.ts'
import type { Measurement } from './scenario.ts'

/** Of a program of others: all of its time is the export's. */
export const ofProcess = ({ seconds, cpuSeconds, peakMegabytes }: Usage): Measurement => ({
  seconds,
  processSeconds: seconds,
  cpuSeconds,
  peakMegabytes,
  gcSeconds: null,
  syncSeconds: null,
})

/** Of a program of ours, which knows when the query was sent. CPU time and memory are those of the whole process. */
export const ofReport = (usage: Usage, report: ProgramReport): Measurement => ({
  seconds: report.seconds,
  processSeconds: usage.seconds,
  cpuSeconds: usage.cpuSeconds,
  peakMegabytes: usage.peakMegabytes,
  gcSeconds: report.gcSeconds,
  syncSeconds: report.syncSeconds > 0 ? report.syncSeconds : null,
})

/** The line that a program of ours ends with. */
export function readReport({ stdout }: Usage): ProgramReport {
  const report: ProgramReport = JSON.parse(stdout)
  return report
}
