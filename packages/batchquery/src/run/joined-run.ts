import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import { type ExportRecovery, journalStep, stagedPart } from '../journal/index.ts'
import type { OwnedRun } from './owned-run.ts'
import type { DatabaseSession, SessionRecovery } from './recorded-sessions.ts'

/** Handles a request of another process and returns the answer. */
export type JoinedHandler = (value: unknown) => Promise<Answer>
type Answer = Readonly<Record<string, unknown>>

const sessionOf = (isDialect: (name: string) => boolean) =>
  v.object({
    dialect: v.pipe(v.string(), v.check(isDialect, 'not a known dialect')),
    server: v.nullable(v.string()),
    host: v.string(),
    name: v.string(),
    session: v.string(),
  })

const ofDestination = v.object({ uri: v.string() })
/** A request has little room, so the parts of an export come in several requests before its step `staged`. */
const partsSchema = v.object({ uri: v.string(), parts: v.array(stagedPart) })
/** The step `staged` without its parts. */
const stagedStep = v.looseObject({
  step: v.literal('staged'),
  export: v.looseObject({ uri: v.string() }),
})

type Part = v.InferOutput<typeof stagedPart>

/**
 * Handles the requests of the processes of a task, which use the library. This is the runner's half; library/joined-run.ts is
 * the other one. Together they implement the journal of an export:
 *
 *     session        a session, before it runs a statement
 *     sessionEnded   the session is logged out
 *     exportBegun    an export to a destination begins; the answer is `isOurs` of the journal
 *     parts          some parts of the export, before its step `staged`
 *     journal        a step of the export
 *     isAlone        as in the journal
 *     exportEnded
 *
 * The requests come from a user's script, so each one is checked. A script can stage and publish for the run, and nothing
 * else.
 */
export class JoinedWork {
  /** By the name of the request. */
  readonly handlers: ReadonlyMap<string, JoinedHandler>
  readonly #run: OwnedRun
  /** The open sessions by their ids. A process that is killed leaves them. */
  readonly #sessions = new Map<string, DatabaseSession>()
  /** The destinations of exports that have begun and not ended. */
  readonly #exports = new Set<string>()
  readonly #gathered = new Map<string, Part[]>()
  #isUsed = false

  /** @param isDialect whether this version has the dialect of a session, and so can end what it leaves */
  constructor(run: OwnedRun, isDialect: (name: string) => boolean) {
    this.#run = run
    const sessionSchema = sessionOf(isDialect)
    const handlers: [string, JoinedHandler][] = [
      ['session', async value => this.#begin(parse(sessionSchema, value))],
      ['sessionEnded', async value => this.#end(parse(sessionSchema, value))],
      ['exportBegun', async value => this.#beginExport(parse(ofDestination, value).uri)],
      ['exportEnded', async value => this.#endExport(parse(ofDestination, value).uri)],
      ['parts', async value => this.#gather(parse(partsSchema, value))],
      ['journal', async value => this.#take(value)],
      ['isAlone', async value => ({ isAlone: await run.journal.isAlone(parse(ofDestination, value).uri) })],
    ]
    this.handlers = new Map(handlers)
  }

  /**
   * Recovers what the processes of the task left. Call it when none of them runs any more. Ends sessions, completes a
   * publication that had begun, and removes everything else that was staged.
   *
   * @returns the destinations of exports that did not end: nothing of them is published
   * @throws RUN_RECORD_INVALID if an object of an export is unusable; the stores' errors
   */
  async recover(recovery: ExportRecovery, endSessions: SessionRecovery): Promise<readonly string[]> {
    // If the run is lost, the later attempt recovers it.
    if (!this.#isUsed || this.#run.lost.aborted) return []
    await this.#run.recoverJoined(recovery, endSessions, [...this.#sessions.values()])
    return [...this.#exports].filter(uri => !this.#run.journal.isPublished(uri))
  }

  async #begin(session: DatabaseSession): ReturnType<JoinedHandler> {
    this.#isUsed = true
    this.#sessions.set(keyOf(session), session)
    await this.#run.recordSession(session)
    return {}
  }

  #end(session: DatabaseSession): Answer {
    this.#sessions.delete(keyOf(session))
    this.#run.sessionEnded(session)
    return {}
  }

  async #take(value: unknown): ReturnType<JoinedHandler> {
    const step = parse(journalStep, v.is(stagedStep, value) ? this.#whole(value) : value)
    if (step.step === 'nativeBegun' || step.step === 'nativeDone')
      throw new BatchQueryError('USAGE', `a script cannot write the step ${step.step}`)
    await this.#run.journal.write(step)
    return {}
  }

  /** `isLast` is false: the runner cannot know that the script ends after this export. */
  #whole({ step, export: staged }: v.InferOutput<typeof stagedStep>) {
    const parts = this.#gathered.get(staged.uri) ?? []
    this.#gathered.delete(staged.uri)
    return { step, export: { ...staged, parts, isLast: false } }
  }

  /** Appends in place: an export of 100,000 parts takes thousands of requests. */
  #gather({ uri, parts }: { readonly uri: string; readonly parts: readonly Part[] }): Answer {
    const gathered = this.#gathered.get(uri)
    if (gathered === undefined) this.#gathered.set(uri, [...parts])
    else gathered.push(...parts)
    return {}
  }

  #endExport(uri: string): Answer {
    this.#exports.delete(uri)
    return {}
  }

  /** @throws DESTINATION_LOCKED if this run has another open export there: the lock only keeps other runs out */
  #beginExport(uri: string): Answer {
    if (this.#exports.has(uri))
      throw new BatchQueryError('DESTINATION_LOCKED', `another export of this task to ${uri} has not ended`, {
        hint: 'Wait for it first, or choose another destination.',
      })
    this.#isUsed = true
    this.#exports.add(uri)
    this.#gathered.delete(uri)
    return { isOurs: this.#run.journal.isOurs(uri) }
  }
}

const keyOf = ({ dialect, host, session }: DatabaseSession): string =>
  JSON.stringify([dialect, host, session])

function parse<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  throw new BatchQueryError(
    'USAGE',
    `cannot read the request: ${v.getDotPath(issue) ?? 'the request'}: ${issue.message}`,
    {
      hint: 'Use the same version of batchquery for the library in the task and for the runner.',
    },
  )
}
