import { BatchQueryError } from '../errors/index.ts'
import type { ExportRecovery } from '../journal/index.ts'
import { isRunId, type Log } from '../platform/index.ts'
import { DestinationLocks } from './destination-locks.ts'
import { Heartbeat } from './heartbeat.ts'
import { cancelKey, logSegmentKey, recordKey } from './keys.ts'
import { LogWriter } from './log-writer.ts'
import { OwnedRecord } from './owned-record.ts'
import type { OwnersHome } from './owners-home.ts'
import { Ownership } from './ownership.ts'
import { maskedParameters } from './parameters.ts'
import { findRunRecord } from './read-record.ts'
import { isFinal, type OutputRecord, type Progress, type RunRecord } from './record.ts'
import {
  type DatabaseSession,
  type SessionRecovery,
  withoutSession,
  withoutSessions,
  withSession,
} from './recorded-sessions.ts'
import { type Recovered, recoverAttempts } from './recover-attempts.ts'
import { meetRivals } from './rivals.ts'
import { noteEnd } from './run-end.ts'
import { RunJournal } from './run-journal.ts'
import { ScheduleTurns } from './schedule-turns.ts'
import type { TaskSource } from './task-source.ts'

const MOST_IN_RECORD = 100
const WARNING_CHARACTERS = 500

/**
 * A run in the hands of the one who claimed it. Nobody else writes its record.
 *
 *     claim ──▶ start(pinned) ──▶ recordSession, journal, addProgress, warn … ──▶ finish(error | null)
 *       │└───────────────────────── nothing could be started ──────────────────────────▲
 *       └─(a dead attempt was there)─▶ settle ──▶ recovered.isComplete? ──yes────────────┘
 *                                                     └──no──▶ start, as above
 *
 * From the claim to the end the process's log goes into the run's log too. Any method that writes may throw what
 * the store throws.
 */
export class OwnedRun {
  /** Where exports write down their states. */
  readonly journal: RunJournal
  readonly #home: OwnersHome
  readonly #ownership: Ownership
  readonly #record: OwnedRecord
  readonly #heartbeat: Heartbeat
  readonly #log: Log
  readonly #logWriter: LogWriter
  readonly #detachLog: () => void
  #recovered: Recovered = { isComplete: false, completed: [], aborted: [] }

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
    this.#log = log
    const segmentAt = (segment: number) => ({ bucket, key: logSegmentKey(id, attempt, segment) })
    this.#logWriter = new LogWriter(store, segmentAt, intervals.logFlushMs)
    this.#detachLog = log.attach(this.#logWriter.append)
  }

  /** As it is now in memory; the store has it after the next write. */
  get record(): RunRecord {
    return this.#record.current
  }

  /** Aborted with a CANCELLED error when somebody asked for cancel; looked for with every heartbeat. */
  get cancelled(): AbortSignal {
    return this.#heartbeat.cancelled
  }

  /** Aborted with a RUN_CLAIMED error when a later attempt has the run; looked for with every heartbeat. */
  get lost(): AbortSignal {
    return this.#ownership.lost
  }

  /** Whether somebody asked for cancel, by now. */
  async isCancelRequested(): Promise<boolean> {
    const { store, bucket } = this.#home
    return (await store.head({ bucket, key: cancelKey(this.record.id) })) !== null
  }

  /** What became of what earlier attempts left. */
  get recovered(): Recovered {
    return this.#recovered
  }

  /**
   * Takes in hand what earlier attempts left, before anything else is done with the run. The heart beats from here
   * on.
   *
   * @param endSessions called first: what still runs in a database costs most
   * @throws RUN_RECORD_INVALID for a ledger that cannot be used; what the stores throw
   */
  async recover(recovery: ExportRecovery, endSessions: SessionRecovery): Promise<void> {
    await this.#heartbeat.start()
    await this.#recoverBefore(this.record.attempt, recovery, endSessions)
  }

  /**
   * Takes in hand what a process left that worked in the name of this attempt, and has ended: its sessions are ended,
   * a publication that had begun is completed, all else that it staged is removed. Safe to repeat.
   *
   * @param left the sessions that it did not end itself
   * @throws as `settle`
   */
  async recoverJoined(
    recovery: ExportRecovery,
    endSessions: SessionRecovery,
    left: readonly DatabaseSession[],
  ): Promise<void> {
    const databases = left.map(({ session, ...database }) => ({ ...database, sessions: [session] }))
    for (const warning of await endSessions({ ...this.record, databases })) this.warn(warning)
    await recoverAttempts(this.#home, this, recovery, this.record.attempt + 1)
  }

  /**
   * Takes in hand what this attempt itself left, where it failed and may be followed by another one. The heart beats from
   * here on, though its first beat may fail. Safe to repeat.
   *
   * @throws as `settle`
   */
  async recoverOwn(recovery: ExportRecovery, endSessions: SessionRecovery): Promise<void> {
    await this.#heartbeat.resume()
    await this.#recoverBefore(this.record.attempt + 1, recovery, endSessions)
  }

  async #recoverBefore(end: number, recovery: ExportRecovery, endSessions: SessionRecovery): Promise<void> {
    const warnings = await endSessions(this.record)
    for (const warning of warnings) this.warn(warning)
    if (warnings.length === 0) this.#record.set({ databases: withoutSessions(this.record.databases) })
    this.#recovered = await recoverAttempts(this.#home, this, recovery, end)
  }

  /** The heart stops, and nothing that it does is under way any more. */
  pause(): Promise<void> {
    return this.#heartbeat.pause()
  }

  /** After `pause`: the heart beats, at once. It may find that the run is lost. */
  resume(): Promise<void> {
    return this.#heartbeat.resume()
  }

  /** QUEUED to RUNNING, with the task that was fetched. From here on the heart beats. */
  async start(pinned: Pick<TaskSource, 'sha256' | 'versionId'>): Promise<void> {
    const { task } = this.record
    this.#record.set({
      state: 'RUNNING',
      startedAt: new Date().toISOString(),
      startedAttempt: this.record.attempt,
      // An earlier attempt may have come some way.
      progress: { rows: 0, bytes: 0, parts: 0 },
      outputs: [],
      task: { bucket: task.bucket, key: task.key, versionId: pinned.versionId, sha256: pinned.sha256 },
    })
    await this.#heartbeat.start()
  }

  /**
   * Takes the turn of a schedule whose runs must not overlap, until this run has ended. What a dead run of it left is settled.
   *
   * @throws SCHEDULE_OVERLAP where another run of it lives
   */
  takeTurn(schedule: string): Promise<void> {
    const { store, bucket, recoverHolder } = this.#home
    const isOver = async (id: string): Promise<boolean> => {
      const record = isRunId(id) ? await findRunRecord(store, bucket, id) : null
      return record === null || isFinal(record.state) || recoverHolder(id)
    }
    return new ScheduleTurns(store, bucket, this.record.id, isOver).take(schedule)
  }

  /** To be awaited before a statement starts: whoever cleans up after a dead runner finds its sessions here. */
  recordSession(session: DatabaseSession): Promise<void> {
    return this.#record.change({ databases: withSession(this.record.databases, session) })
  }

  /** The record shows the open sessions. Written with the next change. */
  sessionEnded(session: DatabaseSession): void {
    this.#record.set({ databases: withoutSession(this.record.databases, session) })
  }

  /**
   * A run that nobody submitted has its parameters from an environment, and only its task says which of them are secret: one that is
   * written down already is masked, at once.
   *
   * @throws USAGE where there was one: who started the run may show it elsewhere too
   */
  async refuseOpenSecrets(isSecret: (name: string) => boolean): Promise<void> {
    const { params, masked } = maskedParameters(this.record, isSecret)
    const [name] = masked.keys()
    if (name === undefined) return
    for (const value of masked.values()) this.#log.addSecret(value)
    await this.#record.change({ params })
    throw new BatchQueryError('USAGE', `parameter ${name} is secret, and was given in the open`, {
      hint: `Keep it in AWS Secrets Manager and name it: ${name}=secret:ARN. What was given counts as known: change it.`,
    })
  }

  /** Counted in memory; written with the heartbeat. */
  addProgress(added: Partial<Progress>): void {
    const { rows, bytes, parts } = this.record.progress
    this.#record.set({
      progress: {
        rows: rows + (added.rows ?? 0),
        bytes: bytes + (added.bytes ?? 0),
        parts: parts + (added.parts ?? 0),
      },
    })
  }

  /** What a script says that it has made; the record takes the first 100. Written with the heartbeat. */
  addOutput({ uri, rows, bytes }: OutputRecord): void {
    const { outputs } = this.record
    if (outputs.length < MOST_IN_RECORD)
      this.#record.set({ outputs: [...outputs, { uri: this.#log.redact(uri), rows, bytes }] })
  }

  /** Into the log and into the record, which takes the first 100, each as far as 500 characters. */
  warn(text: string): void {
    this.#log.warn(text)
    const { warnings } = this.record
    if (warnings.length < MOST_IN_RECORD) {
      this.#record.set({ warnings: [...warnings, cut(this.#log.redact(text))] })
    }
  }

  /**
   * The end: SUCCEEDED without an error, CANCELLED with a CANCELLED one, FAILED with any other. Say the error to
   * the log before, as the log ends here; it is complete before the record says that the run has ended.
   *
   * Where a publication has begun and is not complete the run has no end yet, and stays RUNNING: see `leave`. Where
   * the run is lost its end is not ours to write.
   *
   * @throws what the store throws where the record could not be written: to others the run is then a dead one
   */
  async finish(error: BatchQueryError | null): Promise<RunRecord> {
    const begun = this.record.exports.find(({ state }) => state === 'COMMITTING')
    if (error !== null && begun !== undefined && !this.lost.aborted) {
      this.#log.warn(
        `the publication at ${begun.uri} has begun: run ${this.record.id} again, or reap, to complete it`,
      )
      await this.leave()
      return this.record
    }
    this.#heartbeat.stop()
    await this.#closeLog()
    await this.#record.seal({
      state: error === null ? 'SUCCEEDED' : error.code === 'CANCELLED' ? 'CANCELLED' : 'FAILED',
      exitCode: error?.exitCode ?? 0,
      error: error && {
        ...error.toJSON(),
        message: this.#log.redact(error.message),
        hint: error.hint && this.#log.redact(error.hint),
      },
      endedAt: new Date().toISOString(),
    })
    if (!this.lost.aborted) await noteEnd(this.#home.store, this.#home.bucket, this.record, this.#log)
    return this.record
  }

  /** Lets go of the run without an end: to others it is a dead one, which another attempt or `reap` takes over. */
  async leave(): Promise<void> {
    this.#heartbeat.stop()
    await this.#closeLog()
    await this.#record.idle()
  }

  /** A run does not fail for its log. */
  async #closeLog(): Promise<void> {
    this.#detachLog()
    try {
      await this.#logWriter.close()
    } catch (cause) {
      this.warn(`the end of the log could not be written: ${BatchQueryError.from(cause).message}`)
    }
  }
}

const cut = (text: string): string =>
  text.length <= WARNING_CHARACTERS ? text : `${text.slice(0, WARNING_CHARACTERS)} ...`
