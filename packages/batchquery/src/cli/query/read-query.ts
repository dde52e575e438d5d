import { BatchQueryError } from '../../errors/index.ts'
import { readSqlTask, type SqlTask, type SqlTaskOptions } from '../../task/sql-task.ts'

/** Reads SQL whose rows go to stdout, as a task is read. @throws as `readSqlTask`; USAGE where it has an export */
export function readQuery(sql: string, options: SqlTaskOptions): SqlTask {
  const task = readSqlTask(sql, options)
  const step = task.steps.find(({ exported }) => exported !== null)
  if (step !== undefined) throw isExport(step.number, step.statement.line)
  return task
}

export const isExport = (number: number, line: number): BatchQueryError =>
  new BatchQueryError('USAGE', `statement ${number} (line ${line}) is an export (INTO OUTFILE S3)`, {
    hint: 'Run it as a task with `batchquery run FILE`, or leave INTO OUTFILE S3 out and give --to.',
  })
