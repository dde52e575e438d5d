import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import { type ExportRecovery, journalStep, stagedPart } from '../journal/index.ts'
import type { OwnedRun } from './owned-run.ts'
import type { DatabaseSession, SessionRecovery } from './recorded-sessions.ts'

/** Takes what another process asks of the run; what it gives is the answer. */
export type JoinedHandler = (value: unknown) => Promise<Answer>
type Answer = Readonly<Record<string, unknown>>

const sessionOf = (isDialect: (name: string) => boolean) =>
  v.object({
    dialect: v.pipe(v.string(), v.check(isDialect, 'no known dialect')),
    server: v.nullable(v.string()),
    host: v.string(),
    name: v.string(),
    session: v.string(),
  })

const ofDestination = v.object({ uri: v.string() })
/** A request has little room: the parts of an export come some at a time, before it is `staged`. */
const partsSchema = v.object({ uri: v.string(), parts: v.array(stagedPart) })
/** Without its parts. */
const stagedStep = v.looseObject({
  step: v.literal('staged'),
  export: v.looseObject({ uri: v.string() }),
})

type Part = v.InferOutput<typeof stagedPart>

/**
 * What the processes of a task do in the name of its run, by the library. It is the half of the runner; the other one is
 * client/joined-run.ts, and both do what the journal of an export promises:
 *
 *     session        a session, before a statement of it starts
 *     sessionEnded   it is logged out
 *     exportBegun    an export to a destination begins: `isOurs`
 *     parts          some of its parts, before the step `staged`
 *     journal        a step of it
 *     isAlone        the question of the journal
 *     exportEnded
 *
 * Whoever asks is a script of the user's: every request is checked. It can stage and publish in the name of the run,
 * and nothing else.
 */
export class JoinedWork {
  /** By the name of the request. */
  readonly handlers: ReadonlyMap<string, JoinedHandler>
  readonly #run: OwnedRun
  /** By their ids: what a process that is killed leaves. */
  readonly #sessions = new Map<string, DatabaseSession>()
  /** The destinations of exports that began and have not ended. */
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
   * Takes in hand what is left, once no process of the task is there any more: sessions are ended, a publication that had
   * begun is completed, all else that was staged is removed.
   *
   * @returns the destinations of exports that never came to their ends: nothing of them is published
   * @throws RUN_RECORD_INVALID for a ledger that cannot be used; what the stores throw
   */
  async recover(recovery: ExportRecovery, endSessions: SessionRecovery): Promise<readonly string[]> {
    // Where the run is lost, all that is the later attempt's to settle.
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

  /** A script goes on after an export, for all that the runner knows. */
  #whole({ step, export: staged }: v.InferOutput<typeof stagedStep>) {
    const parts = this.#gathered.get(staged.uri) ?? []
    this.#gathered.delete(staged.uri)
    return { step, export: { ...staged, parts, isLast: false } }
  }

  /** An export of 100,000 parts takes thousands of requests: none copies what came before it. */
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

  /** @throws DESTINATION_LOCKED where another export of this run goes on there: the lock tells runs apart only */
  #beginExport(uri: string): Answer {
    if (this.#exports.has(uri))
      throw new BatchQueryError('DESTINATION_LOCKED', `another export of this task to ${uri} has not ended`, {
        hint: 'Await it first, or choose another destination.',
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
    `the request cannot be read: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`,
    {
      hint: 'The library in the task and the runner must be of one version of batchquery.',
    },
  )
}
