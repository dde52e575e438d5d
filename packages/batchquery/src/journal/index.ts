export type { Journal } from './journal.ts'
export type { BoardState, RangeBoard, RangeClaim, SeenWorker } from './range-board.ts'
export type { BegunStaging, ExportRecovery, KeepRanges, KeptOfExport } from './recovery.ts'
export {
  begunParallel,
  contentFields,
  count,
  type DescribedExport,
  exportFormat,
  type JournalStep,
  journalStep,
  type NativeResult,
  nativeResult,
  type ObjectToCommit,
  objectsToCommit,
  type PartStatistics,
  type RangeEntry,
  type RecordedLayout,
  rangeEntry,
  type StagedExport,
  type StagedPart,
  type StepOf,
  stagedExport,
  stagedPart,
  stageToken,
  time,
} from './steps.ts'
