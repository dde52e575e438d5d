export type { Journal } from './journal.ts'
export type { BegunStaging, ExportRecovery } from './recovery.ts'
export {
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
  type RecordedLayout,
  type StagedExport,
  type StagedPart,
  type StepOf,
  stagedExport,
  stagedPart,
  stageToken,
  time,
} from './steps.ts'
