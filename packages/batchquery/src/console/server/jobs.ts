import { createHash } from 'node:crypto'
import { BatchQueryError } from '../../errors/index.ts'
import { type Log, newRunId } from '../../platform/index.ts'
import type { JobDocument, JobOutcome, JobStep, Problem } from '../documents.ts'
import { problemOf } from './problem.ts'
import { dropOldest } from './run-records.ts'

const MOST_JOBS = 64
const MOST_WORKING = 8
const MOST_STEPS = 200

type Description = Pick<JobDocument, 'kind' | 'run' | 'command'>

/** A job to start. */
export interface JobRequest extends Description {
  /** What the page asked for. It may have secrets. */
  readonly body: unknown
}

/** Does the work of a job. It writes its steps to the log of the job. */
export type Work = (job: Job) => Promise<JobOutcome>

/** Something that the server does for a page, while the page asks what has happened so far. */
export class Job {
  readonly id = newRunId(new Date())
  /** Its entries are the steps of the job. It masks secrets. */
  readonly log: Log
  readonly #description: Description
  readonly #digest: string
  readonly #steps: JobStep[] = []
  #progress: JobDocument['progress'] = null
  #end: { readonly outcome: JobOutcome | null; readonly problem: Problem | null } | null = null

  constructor({ kind, run, command, body }: JobRequest, log: Log) {
    this.#description = { kind, run, command }
    this.#digest = digestOf(body)
    this.log = log
    log.attach(entry => this.#add(entry))
  }

  get isWorking(): boolean {
    return this.#end === null
  }

  /** Whether it does the same: a user may click twice. */
  isLike({ kind, run, body }: JobRequest): boolean {
    const own = this.#description
    return own.kind === kind && own.run === run && this.#digest === digestOf(body)
  }

  count(done: number, all: number): void {
    this.#progress = { done, all }
  }

  /** Never rejects. */
  async work(work: Work): Promise<void> {
    try {
      this.#end = { outcome: await work(this), problem: null }
    } catch (thrown) {
      const { code, message, hint } = BatchQueryError.from(thrown)
      const masked = {
        code,
        message: this.log.redact(message),
        hint: hint === null ? null : this.log.redact(hint),
      }
      this.#end = { outcome: null, problem: problemOf(masked) }
    }
  }

  document(): JobDocument {
    const { outcome = null, problem = null } = this.#end ?? {}
    return {
      id: this.id,
      ...this.#description,
      state: this.isWorking ? 'working' : problem === null ? 'done' : 'failed',
      steps: this.#steps,
      progress: this.#progress,
      outcome,
      problem,
    }
  }

  /** @param entry `TIME SEVERITY TEXT`, as a log writes it */
  #add(entry: string): void {
    const [, at = '', severity = '', text = ''] = /^(\S+) (\S+) (.*)$/s.exec(entry.trimEnd()) ?? []
    const kind = severity === 'ERROR' ? 'error' : severity === 'WARN' ? 'warning' : 'info'
    this.#steps.push({ at, text, kind })
    if (this.#steps.length > MOST_STEPS) this.#steps.shift()
  }
}

const digestOf = (body: unknown): string => createHash('sha256').update(JSON.stringify(body)).digest('hex')

/** The jobs of a server. It forgets the oldest ones. */
export class Jobs {
  readonly #newLog: () => Log
  readonly #jobs = new Map<string, Job>()

  constructor(newLog: () => Log) {
    this.#newLog = newLog
  }

  /**
   * Starts a job. If a job does the same already, returns that one.
   *
   * @throws USAGE if too many jobs are working
   */
  start(request: JobRequest, work: Work): Job {
    const working = [...this.#jobs.values()].filter(job => job.isWorking)
    const same = working.find(job => job.isLike(request))
    if (same !== undefined) return same
    if (working.length >= MOST_WORKING)
      throw new BatchQueryError('USAGE', `the console works on ${working.length} requests already`, {
        hint: 'Wait until one of them has ended.',
      })
    const job = new Job(request, this.#newLog())
    this.#jobs.set(job.id, job)
    dropOldest(this.#jobs, MOST_JOBS)
    void job.work(work)
    return job
  }

  /** @throws USAGE */
  find(id: string): Job {
    const job = this.#jobs.get(id)
    if (job !== undefined) return job
    throw new BatchQueryError('USAGE', 'the console does not know this request any more', {
      hint: 'The page of the run shows its state.',
    })
  }
}
