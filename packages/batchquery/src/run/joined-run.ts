import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import { ledgerExport, ledgerPart, stageToken } from './ledger.ts'
import type { OwnedRun } from './owned-run.ts'

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

/**
 * What a process that a task started may ask of the run, by the name of the request. It is the half of the runner; the
 * other one is client/joined-run.ts, and both do what the journal of an export promises:
 *
 *     session   a session, before a statement of it starts
 *     journal   a step of an export
 *
 * Whoever asks is a script of the user's: every request is checked. It can stage and publish in the name of the run,
 * and nothing else.
 */
export function joinedHandlers(run: OwnedRun): ReadonlyMap<string, JoinedHandler> {
  const gathered = new Map<string, v.InferOutput<typeof ledgerPart>[]>()
  const handlers: [string, JoinedHandler][] = [
    [
      'session',
      async value => {
        await run.recordSession(parse(sessionSchema, value))
        return {}
      },
    ],
    ['journal', async value => takeStep(run, gathered, parse(journalSchema, value))],
  ]
  return new Map(handlers)
}

type Step = v.InferOutput<typeof journalSchema>

async function takeStep(
  { journal }: OwnedRun,
  gathered: Map<string, v.InferOutput<typeof ledgerPart>[]>,
  step: Step,
): Promise<Readonly<Record<string, unknown>>> {
  switch (step.step) {
    case 'begin':
      gathered.delete(step.uri)
      return { isOurs: journal.isOurs(step.uri) }
    case 'isAlone':
      return { isAlone: await journal.isAlone(step.uri) }
    case 'opened':
      await journal.opened(step.token)
      return {}
    case 'parts':
      gathered.set(step.uri, [...(gathered.get(step.uri) ?? []), ...step.parts])
      return {}
    case 'staged': {
      // A script goes on after an export, for all that anybody knows.
      const whole = { ...step.export, parts: gathered.get(step.export.uri) ?? [], isLast: false }
      gathered.delete(step.export.uri)
      await journal.staged(parse(ledgerExport, whole))
      return {}
    }
    default:
      await journal[step.step](step.uri)
      return {}
  }
}

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
