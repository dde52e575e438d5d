export type { Places } from '../store/index.ts'
export { type Destination, resolveDestination } from './destination.ts'
export {
  downloadJoined,
  downloadParts,
  type PublishedExport,
} from './download.ts'
export { type Forecast, type ForecastRanges, forecastExport } from './forecast/forecast.ts'
export { type Head, headOfAddress, headOfExport, type ToldForm } from './head/head.ts'
export { refuseMissingRows } from './missing-rows.ts'
export * from './native/index.ts'
export * from './parallel/fan-out/index.ts'
export type { ReaderSession, ReaderSource } from './parallel/messages.ts'
export type { RangesProgress, ReaderHost, ReaderLimits } from './parallel/reader-host.ts'
export { partKey } from './part-names.ts'
export { partitionFolders, partitionOf } from './partition-values.ts'
export { roomWarning } from './partitions/spill-file.ts'
export { compressionName, type ExportPlan, planExport } from './plan.ts'
export { readPart } from './read-part.ts'
export { recordedDestination, recoveryIn } from './recover.ts'
export { type ExportContext, type ExportResult, runExport } from './run-export.ts'
export { type Difference, type ReadingProgress, verifyExport } from './verify.ts'
