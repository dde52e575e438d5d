import { expect } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import type { Forecast } from '../../../src/export/index.ts'
import { planTask, type StepForecast } from '../../../src/statements/plan-task.ts'
import { SqlTask } from '../../../src/statements/sql-task.ts'
import { TaskText } from '../../../src/statements/task-text.ts'
import { freshStore } from '../export/fixture.ts'

/** Plans the exports of a task in a session. */
export async function forecasts(session: Session, sql: string): Promise<readonly StepForecast[]> {
  const task = await taskFor(session, sql)
  const signal = new AbortController().signal
  return planTask(task, session, { mode: 'auto', limits: { maxSessions: null }, signal })
}

export async function taskFor({ dialect }: Session, sql: string): Promise<SqlTask> {
  const text = TaskText.read(sql, () => URLS[dialect])
  return new SqlTask(text, { given: {}, places: { store: await freshStore(), folder: null } })
}

/** Only the dialect counts: the session is open. */
const URLS: Readonly<Record<Session['dialect'], string>> = {
  mysql: 'mysql://u@h/d',
  postgres: 'postgres://u@h/d',
  duckdb: 'duckdb::memory:',
}

/** The clause of an export, with further clauses after it. */
export const into = (clauses = ''): string => `INTO OUTFILE S3 's3://b/out/r' ${clauses}`

/** The forecast of a task with one export, which the plan does not refuse. */
export async function forecastOf(session: Session, sql: string): Promise<Forecast> {
  const [step] = await forecasts(session, sql)
  expect(step.refusal?.error.message).toBeUndefined()
  if (step.forecast === null) throw new Error('the export has no forecast')
  return step.forecast
}
