export { type ExecutionStatus, Executions, executionArn, type FanOutSettings } from './executions.ts'
