export type { DescribedRun, ShownAttempt, ShownRun } from './described-run.ts'
export { EndedRecords } from './ended-records.ts'
export { type EngineLookup, type LaunchState, NO_LAUNCH } from './engine-lookup.ts'
export type { ChargedTask, IndexEntry } from './index-keys.ts'
export type { IndexedRun } from './index-listing.ts'
export { JoinedWork } from './joined-run.ts'
export { launchName, parseExportName, taskKey } from './keys.ts'
export { type Launch, Launches } from './launches.ts'
export { isRun, type ListOptions } from './list-runs.ts'
export type { NewRun } from './new-run.ts'
export type { OpenLog } from './open-log.ts'
export type { OwnedRun } from './owned-run.ts'
export type { Notifier, RunIntervals, StopMachines } from './owners-home.ts'
export {
  checkReferences,
  parameterVariable,
  receiveParameters,
  type SubmittedParameters,
  submitParameters,
  withheldParameters,
} from './parameters.ts'
export type { ExportColumns } from './part-columns.ts'
export { checkRoom, explainNoRoom } from './process-room.ts'
export { StoredRangeBoard } from './range-board.ts'
export type { ReapedRun } from './reap.ts'
export type {
  ExportRecord,
  Progress,
  RunnerRecord,
  RunRecord,
  RunState,
} from './record.ts'
export { isFinal } from './record.ts'
export type { DatabaseSession, SessionRecovery } from './recorded-sessions.ts'
export { cancelledOnRequest, chargedTask } from './run-end.ts'
export { mayTake, type RunFilter, takesRecord } from './run-filter.ts'
export { INTERVALS, RunStore, type RunStoreOptions } from './run-store.ts'
export { AWAITS_ORDERS, awaitsOrders, ORDERS_FD, receiveOrders, writtenOrders } from './runner-orders.ts'
export { type RunnerState, runnerStateHere, thisRunner } from './runner-process.ts'
export { deadRunError, stopAfterGrace, waitForEnd } from './runner-watch.ts'
export { type Runtime, runtimeOf } from './runtime.ts'
export { scheduledRunId } from './schedule-turns.ts'
export {
  checkVariableName,
  passScriptVariables,
  type ScriptVariables,
  scriptVariables,
  secretVariable,
  variableNames,
} from './script-variables.ts'
export { loadEnvironment, storeEnvironment } from './stored-environment.ts'
export type { BegunExport, PlannedReads, PublishedResults } from './stored-exports.ts'
export {
  checkFileSize,
  checkFolderSize,
  fileSource,
  folderSource,
  isFolderKey,
  isSqlTask,
  readStoredTask,
  refuseSqlArguments,
  type TaskSource,
  type TaskSourceFile,
  taskNotFound,
} from './task-source.ts'
export { type WorkerPlace, WorkerRegister } from './worker-register.ts'
