import { isExport } from '../../client/export-task.ts'
import { readSqlTask, type SqlTask, type SqlTaskOptions } from '../../task/sql-task.ts'

/** Reads SQL whose rows go to stdout, as a task is read. @throws as `readSqlTask`; USAGE where it has an export */
export function readQuery(sql: string, options: SqlTaskOptions): SqlTask {
  const task = readSqlTask(sql, options)
  const step = task.steps.find(({ exported }) => exported !== null)
  if (step !== undefined) throw isExport(step.number, step.statement.line)
  return task
}
