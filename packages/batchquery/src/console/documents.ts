/**
 * The documents that the server of `batchquery ui` sends and its page reads, as JSON. Times are ISO 8601, UTC. Sizes are in bytes,
 * durations in seconds. Texts may come from other users of the bucket: the page shows them as text, and never as HTML.
 *
 *     GET  /api/session                               SessionDocument
 *     GET  /api/runs?state&task&database&since&until&before&limit     RunsDocument
 *     GET  /api/details?id&id...                      DetailsDocument; at most 100 ids
 *     GET  /api/runs/ID                               RunDocument
 *     GET  /api/runs/ID/statement                     StatementDocument
 *     GET  /api/runs/ID/log?attempt&from&bytes&seek   LogDocument; seek=1 begins with the first line after `from`
 *     GET  /api/runs/ID/log/search?attempt&text&from  LogMatchesDocument
 *     GET  /api/runs/ID/log/download?attempt          DownloadDocument
 *     GET  /api/runs/ID/result                        ResultDocument
 *     GET  /api/runs/ID/exports/N/parts?from&count    PartsDocument; N from 1
 *     GET  /api/runs/ID/exports/N/head?part&rows      HeadDocument; part from 1, at most 200 rows
 *     GET  /api/runs/ID/exports/N/download?part       DownloadDocument
 *     GET  /api/history?task&limit                    HistoryDocument
 *     GET  /api/manual/TOPIC                          ManualDocument
 *     GET  /api/jobs/JOB                              JobDocument
 *     POST /api/runs/ID/cancel   {}                   JobDocument
 *     POST /api/runs/ID/rerun    RerunRequest         JobDocument
 *     POST /api/runs/ID/reap     ReapRequest          JobDocument
 *     POST /api/runs/ID/verify   VerifyRequest        JobDocument
 *
 * Every request has `authorization: Bearer TOKEN`, and a POST has `content-type: application/json`. An answer of another status than
 * 2xx is an ErrorDocument. Every other path than those of `/api/`, `/assets/` and `/download/` answers with the page.
 */

export type {
  DownloadDocument,
  ErrorDocument,
  ManualDocument,
  Problem,
  SessionDocument,
  State,
} from './documents/basics.ts'
export type {
  JobDocument,
  JobOutcome,
  JobStep,
  ReapRequest,
  RerunRequest,
  VerifyRequest,
} from './documents/job.ts'
export type { LogDocument, LogMatch, LogMatchesDocument } from './documents/log.ts'
export type {
  ColumnDocument,
  ExportDocument,
  HeadDocument,
  PartDocument,
  PartsDocument,
  ResultDocument,
} from './documents/result.ts'
export type {
  AttemptDocument,
  ExportProgress,
  RunCommands,
  RunDocument,
  RunnerDocument,
  Sample,
  SessionsOfDatabase,
  StatementNow,
} from './documents/run.ts'
export type {
  CostDocument,
  DetailsDocument,
  HistoryDocument,
  RunDetail,
  RunRow,
  RunsDocument,
} from './documents/run-list.ts'
export type {
  PlanDocument,
  SqlDocument,
  StatementDocument,
  StatementOutline,
  TaskFile,
  Token,
} from './documents/statement.ts'
