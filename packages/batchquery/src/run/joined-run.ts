import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import { ledgerExport, ledgerPart, stageToken } from './ledger.ts'
import type { DatabaseSession, OwnedRun } from './owned-run.ts'
import type { ExportRecovery, SessionRecovery } from './recovery.ts'

/** Takes what another process asks of the run; what it gives is the answer. */
export type JoinedHandler = (value: unknown) => Promise<Readonly<Record<string, unknown>>>

const sessionSchema = v.object({
  dialect: v.picklist(['mysql', 'postgres', 'duckdb']),
  server: v.nullable(v.string()),
  host: v.string(),
  name: v.string(),
  session: v.string(),
})

/** The steps that need no more than the destination. */
const ofDestination = v.object({
  step: v.picklist([
    'begin',
    'end',
    'lock',
    'unlock',
    'confirm',
    'staging',
    'isAlone',
    'cleared',
    'committing',
    'published',
    'aborted',
  ]),
  uri: v.string(),
})
/** A request has little room: the parts of an export come some at a time, before it is `staged`. */
const parts = v.object({ step: v.literal('parts'), uri: v.string(), parts: v.array(ledgerPart) })
const opened = v.object({ step: v.literal('opened'), token: stageToken })
const staged = v.object({ step: v.literal('staged'), export: v.looseObject({ uri: v.string() }) })
const journalSchema = v.variant('step', [ofDestination, parts, opened, staged])

type Step = v.InferOutput<typeof journalSchema>
type Part = v.InferOutput<typeof ledgerPart>

/**
 * What the processes of a task do in the name of its run, by the library. It is the half of the runner; the other one is
 * client/joined-run.ts, and both do what the journal of an export promises:
 *
 *     session        a session, before a statement of it starts
 *     sessionEnded   it is logged out
 *     journal        a step of an export, from `begin` to `end`
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

  constructor(run: OwnedRun) {
    this.#run = run
    const handlers: [string, JoinedHandler][] = [
      ['session', async value => this.#begin(parse(sessionSchema, value))],
      ['sessionEnded', async value => this.#end(parse(sessionSchema, value))],
      ['journal', async value => this.#take(parse(journalSchema, value))],
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
  async settle(recovery: ExportRecovery, endSessions: SessionRecovery): Promise<readonly string[]> {
    // Where the run is lost, all that is the later attempt's to settle.
    if (!this.#isUsed || this.#run.lost.aborted) return []
    await this.#run.settleJoined(recovery, endSessions, [...this.#sessions.values()])
    return [...this.#exports].filter(uri => !this.#isPublished(uri))
  }

  async #begin(session: DatabaseSession): ReturnType<JoinedHandler> {
    this.#isUsed = true
    this.#sessions.set(keyOf(session), session)
    await this.#run.recordSession(session)
    return {}
  }

  #end(session: DatabaseSession): Awaited<ReturnType<JoinedHandler>> {
    this.#sessions.delete(keyOf(session))
    return {}
  }

  async #take(step: Step): ReturnType<JoinedHandler> {
    const { journal } = this.#run
    switch (step.step) {
      case 'begin':
        return this.#beginExport(step.uri)
      case 'end':
        this.#exports.delete(step.uri)
        return {}
      case 'isAlone':
        return { isAlone: await journal.isAlone(step.uri) }
      case 'opened':
        await journal.opened(step.token)
        return {}
      case 'parts':
        this.#gather(step.uri, step.parts)
        return {}
      case 'staged': {
        // A script goes on after an export, for all that anybody knows.
        const whole = { ...step.export, parts: this.#gathered.get(step.export.uri) ?? [], isLast: false }
        this.#gathered.delete(step.export.uri)
        await journal.staged(parse(ledgerExport, whole))
        return {}
      }
      default:
        await journal[step.step](step.uri)
        return {}
    }
  }

  /** An export of 100,000 parts takes thousands of requests: none copies what came before it. */
  #gather(uri: string, parts: readonly Part[]): void {
    const gathered = this.#gathered.get(uri)
    if (gathered === undefined) this.#gathered.set(uri, [...parts])
    else gathered.push(...parts)
  }

  /** @throws DESTINATION_LOCKED where another export of this run goes on there: the lock tells runs apart only */
  #beginExport(uri: string): Awaited<ReturnType<JoinedHandler>> {
    if (this.#exports.has(uri))
      throw new BatchQueryError('DESTINATION_LOCKED', `another export of this task to ${uri} has not ended`, {
        hint: 'Await it first, or choose another destination.',
      })
    this.#isUsed = true
    this.#exports.add(uri)
    this.#gathered.delete(uri)
    return { isOurs: this.#run.journal.isOurs(uri) }
  }

  #isPublished(uri: string): boolean {
    return this.#run.record.exports.findLast(entry => entry.uri === uri)?.state === 'PUBLISHED'
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
