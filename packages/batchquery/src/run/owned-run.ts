import { BatchQueryError } from '../errors/index.ts'
import type { ExportRecovery, KeptOfExport } from '../journal/index.ts'
import { isRunId, type Log } from '../platform/index.ts'
import { announceEnd } from './announce-end.ts'
import { DestinationLocks } from './destination-locks.ts'
import { Heartbeat } from './heartbeat.ts'
import { NOTHING_KEPT } from './kept-ranges.ts'
import { cancelKey, logSegmentKey, recordKey } from './keys.ts'
import { LogWriter } from './log-writer.ts'
import { OwnedRecord } from './owned-record.ts'
import type { OwnersHome } from './owners-home.ts'
import { Ownership } from './ownership.ts'
import { maskedParameters } from './parameters.ts'
import { findRunRecord } from './read-record.ts'
import { isFinal, type RunRecord } from './record.ts'
import {
  type DatabaseSession,
  type SessionRecovery,
  withoutSession,
  withoutSessions,
  withSession,
} from './recorded-sessions.ts'
import { type Recovered, recoverAttempts } from './recover-attempts.ts'
import { recoverMachines } from './recover-machines.ts'
import { meetRivals } from './rivals.ts'
import { noteEnd } from './run-end.ts'
import { RunJournal } from './run-journal.ts'
import { RunMachines } from './run-machines.ts'
import { RunNotes } from './run-notes.ts'
import { ScheduleTurns } from './schedule-turns.ts'
import type { TaskSource } from './task-source.ts'

const NEVER: AbortSignal = new AbortController().signal

/**
 * A run that this process has claimed. No other process writes its record.
 *
 *     claim ──▶ start(pinned) ──▶ recordSession, journal, notes, warn … ───────▶ finish(error | null)
 *       │└───────────────────────── nothing could be started ──────────────────────────▲
 *       └─(an earlier attempt is dead)─▶ recover ──▶ recovered.isComplete? ──yes───────┘
 *                                                        └──no──▶ start, as above
 *
 * From the claim to the end, the process's log is also written to the run's log. Any method that writes may throw the
 * store's errors.
 */
export class OwnedRun {
  readonly journal: RunJournal
  readonly notes: RunNotes
  readonly machines: RunMachines
  readonly #home: OwnersHome
  readonly #ownership: Ownership
  readonly #record: OwnedRecord
  readonly #heartbeat: Heartbeat
  readonly #log: Log
  readonly #logWriter: LogWriter
  readonly #detachLog: () => void
  #recovered: Recovered | null = null

  /** @param record as claimed */
  constructor(home: OwnersHome, record: RunRecord, log: Log) {
    const { store, bucket, intervals, attempts } = home
    const { id, attempt } = record
    this.#home = home
    const ownership = new Ownership(attempts, id, attempt, intervals.deadAfterMs / 2)
    this.#ownership = ownership
    this.#record = new OwnedRecord(store, { bucket, key: recordKey(id) }, record, ownership)
    const isCancelRequested = () => this.isCancelRequested()
    this.#heartbeat = new Heartbeat(this.#record, ownership, isCancelRequested, log, intervals.heartbeatMs)
    const locks = new DestinationLocks(store, bucket, id, home.recoverHolder)
    const rivals = (uri: string) => meetRivals(home, this.record, uri, text => this.warn(text))
    this.journal = new RunJournal(this.#record, ownership, locks, store, bucket, rivals)
    this.notes = new RunNotes(this.#record, log)
    this.machines = new RunMachines(home, id, this.journal)
    this.#log = log
    const segmentAt = (segment: number) => ({ bucket, key: logSegmentKey(id, attempt, segment) })
    this.#logWriter = new LogWriter(store, segmentAt, intervals.logFlushMs)
    this.#detachLog = log.attach(this.#logWriter.append)
  }

  /** The record in memory. The store has it after the next write. */
  get record(): RunRecord {
    return this.#record.current
  }

  /** Aborted with a CANCELLED error when a heartbeat finds a request to cancel. */
  get cancelled(): AbortSignal {
    return this.#heartbeat.cancelled
  }

  /** Aborted with a RUN_CLAIMED error when a heartbeat finds a later attempt. */
  get lost(): AbortSignal {
    return this.#ownership.lost
  }

  /** Looks now whether a cancel was requested. */
  async isCancelRequested(): Promise<boolean> {
    const { store, bucket } = this.#home
    return (await store.head({ bucket, key: cancelKey(this.record.id) })) !== null
  }

  /** What `recover` did about the exports of earlier attempts. */
  get recovered(): Omit<Recovered, 'kept'> {
    return this.#recovered ?? { isComplete: false, completed: [], aborted: [] }
  }

  /**
   * The ranges of an earlier attempt's export that the export of this attempt goes on with. Removes those that it cannot use.
   *
   * @param planSha256 of the export; null if it can use none
   */
  async kept(uri: string, planSha256: string | null): Promise<KeptOfExport> {
    return this.#recovered === null ? NOTHING_KEPT : this.#recovered.kept.take(uri, planSha256)
  }

  /**
   * Recovers the earlier attempts, before anything else is done with the run. Starts the heartbeat.
   *
   * @param endSessions is called first, because a statement that still runs in a database costs most
   * @throws RUN_RECORD_INVALID if an object of an export is unusable; the stores' errors
   */
  async recover(recovery: ExportRecovery, endSessions: SessionRecovery): Promise<void> {
    await this.#heartbeat.start()
    await this.#recoverBefore(this.record.attempt, recovery, endSessions)
  }

  /**
   * Recovers a process that worked for this attempt and has ended: ends its sessions, completes a publication that had begun,
   * and removes everything else that it staged. Safe to repeat.
   *
   * @param open the sessions that the process did not end itself
   * @throws as `recover`
   */
  async recoverJoined(
    recovery: ExportRecovery,
    endSessions: SessionRecovery,
    open: readonly DatabaseSession[],
  ): Promise<void> {
    const databases = open.map(({ session, ...database }) => ({ ...database, sessions: [session] }))
    for (const warning of await endSessions({ ...this.record, databases })) this.warn(warning)
    const { kept } = await recoverAttempts(this.#home, this, recovery, this.record.attempt + 1)
    await kept.discard(text => this.warn(text))
  }

  /**
   * Recovers this attempt itself, if it failed and another one may follow. Resumes the heartbeat; its first beat may fail.
   * Safe to repeat.
   *
   * @throws as `recover`
   */
  async recoverOwn(recovery: ExportRecovery, endSessions: SessionRecovery): Promise<void> {
    await this.#heartbeat.resume()
    await this.#recoverBefore(this.record.attempt + 1, recovery, endSessions)
  }

  async #recoverBefore(end: number, recovery: ExportRecovery, endSessions: SessionRecovery): Promise<void> {
    const { store, bucket, intervals, stopMachines } = this.#home
    const { deadAfterMs } = intervals
    const leftover = await recoverMachines(
      { store, bucket, stopMachines, deadAfterMs },
      this.record,
      end,
      text => this.warn(text),
    )
    const databases = [...this.record.databases, ...leftover]
    const warnings = await endSessions({ ...this.record, databases })
    for (const warning of warnings) this.warn(warning)
    if (warnings.length === 0) this.#record.set({ databases: withoutSessions(this.record.databases) })
    this.#recovered = await recoverAttempts(this.#home, this, recovery, end)
  }

  /** Stops the heartbeat. Resolves when no beat is in progress any more. */
  pause(): Promise<void> {
    return this.#heartbeat.pause()
  }

  /** Restarts the heartbeat after `pause`, with a beat at once. It may find that the run is lost. */
  resume(): Promise<void> {
    return this.#heartbeat.resume()
  }

  /** Changes QUEUED to RUNNING, with the task that was fetched, and starts the heartbeat. */
  async start(pinned: Pick<TaskSource, 'sha256' | 'versionId'>): Promise<void> {
    const { task } = this.record
    this.#record.set({
      state: 'RUNNING',
      startedAt: new Date().toISOString(),
      startedAttempt: this.record.attempt,
      // An earlier attempt may have made progress.
      progress: { rows: 0, bytes: 0, parts: 0 },
      statement: undefined,
      outputs: [],
      task: { bucket: task.bucket, key: task.key, versionId: pinned.versionId, sha256: pinned.sha256 },
    })
    await this.#heartbeat.start()
  }

  /**
   * Takes the turn of a schedule whose runs must not overlap. Recovers a dead run that has the turn.
   *
   * @throws SCHEDULE_OVERLAP if another run of the schedule lives
   */
  takeTurn(schedule: string): Promise<void> {
    const { store, bucket, recoverHolder } = this.#home
    const isOver = async (id: string): Promise<boolean> => {
      const record = isRunId(id) ? await findRunRecord(store, bucket, id) : null
      return record === null || isFinal(record.state) || recoverHolder(id)
    }
    return new ScheduleTurns(store, bucket, this.record.id, isOver).take(schedule)
  }

  /** Await it before the session runs a statement: the process that recovers this run finds the session here. */
  recordSession(session: DatabaseSession): Promise<void> {
    return this.#record.change({ databases: withSession(this.record.databases, session) })
  }

  /** Removes the session from the record. Written with the next change. */
  sessionEnded(session: DatabaseSession): void {
    this.#record.set({ databases: withoutSession(this.record.databases, session) })
  }

  /**
   * Masks secret parameters that are in the record already. A run without a submitter has its parameters from the environment,
   * and only its task says which of them are secret.
   *
   * @throws USAGE if there was one, because the program that started the run may show the value in other places too
   */
  async refuseOpenSecrets(isSecret: (name: string) => boolean): Promise<void> {
    const { params, masked } = maskedParameters(this.record, isSecret)
    const [name] = masked.keys()
    if (name === undefined) return
    for (const value of masked.values()) this.#log.addSecret(value)
    await this.#record.change({ params })
    throw new BatchQueryError('USAGE', `parameter ${name} is a secret, but its value was not passed as one`, {
      hint: `Keep it in AWS Secrets Manager and name it: ${name}=secret:ARN. Change the value, because other users may have seen it.`,
    })
  }

  /** Writes a warning to the log and the record. */
  warn(text: string): void {
    this.notes.warn(text)
  }

  /**
   * Ends the run: SUCCEEDED without an error, CANCELLED with a CANCELLED error, FAILED with any other. Write the error to the
   * log before, because this closes the log. The log is complete before the record shows the end.
   *
   * If a publication has begun and is not complete, the run stays RUNNING: see `leave`. If the run is lost, this writes no
   * end.
   *
   * @param stop ends the notifications, which follow @default - never
   * @throws the store's errors if the record could not be written; the run is a dead one then
   */
  async finish(error: BatchQueryError | null, stop: AbortSignal = NEVER): Promise<RunRecord> {
    const begun = this.record.exports.find(({ state }) => state === 'COMMITTING')
    if (error !== null && begun !== undefined && !this.lost.aborted) {
      this.#log.warn(
        `the publication at ${begun.uri} has begun; to complete it, run ${this.record.id} again or use \`batchquery reap\``,
      )
      await this.leave()
      return this.record
    }
    if (!this.lost.aborted) await this.#recovered?.kept.discard(text => this.warn(text))
    this.#heartbeat.stop()
    await this.#closeLog()
    await this.#record.seal({
      state: error === null ? 'SUCCEEDED' : error.code === 'CANCELLED' ? 'CANCELLED' : 'FAILED',
      exitCode: error?.exitCode ?? 0,
      statement: undefined,
      error: error && {
        ...error.toJSON(),
        message: this.#log.redact(error.message),
        hint: error.hint && this.#log.redact(error.hint),
      },
      endedAt: new Date().toISOString(),
    })
    if (this.lost.aborted) return this.record
    await noteEnd(this.#home.store, this.#home.bucket, this.record, this.#log)
    await announceEnd(this.#home, this.record, this.#log, this.#logWriter, stop)
    return this.record
  }

  /** Releases the run without an end. It is a dead run then, which another attempt or `reap` takes over. */
  async leave(): Promise<void> {
    this.#heartbeat.stop()
    await this.#closeLog()
    await this.#record.idle()
  }

  /** Only warns if the log cannot be written: a run does not fail because of its log. */
  async #closeLog(): Promise<void> {
    this.#detachLog()
    try {
      await this.#logWriter.close()
    } catch (cause) {
      this.warn(`cannot write the end of the log: ${BatchQueryError.from(cause).message}`)
    }
  }
}
