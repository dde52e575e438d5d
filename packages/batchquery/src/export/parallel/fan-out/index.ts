export type { ExecutionState, MachineExecution, MachineHost, MachineOrder } from './machines.ts'
export { readAsWorker, readWork, type WorkerContext } from './worker-read.ts'
