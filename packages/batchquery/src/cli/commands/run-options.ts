import {
  cpu,
  database,
  detach,
  engine,
  env,
  exclusive,
  HOME,
  maxSessions,
  memory,
  mode,
  param,
  pin,
  retries,
  runId,
  spot,
  tasks,
  timeout,
  warnHistory,
  warnSnapshot,
} from '../options.ts'

/** The options of a command that starts a run of a task. */
export const RUN_OPTIONS = [
  ...[database, param, env, ...HOME, engine, cpu, memory, spot, tasks],
  ...[timeout, retries, runId, pin, mode, exclusive, detach],
  ...[maxSessions, warnHistory, warnSnapshot],
]
