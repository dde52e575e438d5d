export { type FanOutPlace, fanOutDefinition, INLINE_MACHINES } from './definition.ts'
export { type ExecutionStatus, Executions, executionArn, type FanOutSettings } from './executions.ts'
