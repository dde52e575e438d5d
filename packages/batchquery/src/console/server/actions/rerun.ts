import { newRunId } from '../../../platform/index.ts'
import {
  checkVariableName,
  isSqlTask,
  type RunRecord,
  submitParameters,
  withheldParameters,
} from '../../../run/index.ts'
import { isSecret } from '../../../sql/index.ts'
import type { ReadParameters } from '../../../submit/check-task.ts'
import type { Interruption } from '../../../submit/execute-run.ts'
import { openHome } from '../../../submit/home.ts'
import {
  checkVariables,
  logDatabase,
  repeatedOptions,
  repeatedParameters,
  repeatedTask,
} from '../../../submit/repeated-run.ts'
import { runTask } from '../../../submit/run-task.ts'
import type { RerunRequest } from '../../documents.ts'
import type { Job, Work } from '../jobs.ts'
import type { Console } from '../open-console.ts'

/** Starts a run that repeats another one, with other parameters if the request has some. It runs detached, without the console. */
export const rerunning =
  (id: string, request: RerunRequest, { home: found, options, context }: Console): Work =>
  async ({ log }) => {
    const repeated = await found.runs.read(id)
    const own = { ...context, log }
    const { database, timeoutSeconds } = request
    const chosen = repeatedOptions(
      repeated,
      {
        ...options,
        database: database ?? options.database,
        engine: undefined,
        timeout: timeoutSeconds ?? undefined,
      },
      found.settings,
    )
    const home = await openHome(chosen, own, true)
    logDatabase(repeated, home.settings, log)
    const createdAt = new Date()
    const newId = newRunId(createdAt)
    const { task, pin } = await repeatedTask(repeated, newId, home)
    const variables = variablesOf(request, log)
    checkVariables(repeated, variables, log)
    log.info(`run ${newId} repeats run ${id}`)
    const record = await runTask(
      {
        ...{ id: newId, createdAt, task, args: repeated.args, pin },
        parameters: parametersOf(repeated, request, log),
        variables,
        timeoutSeconds: chosen.timeout ?? null,
        mode: chosen.mode ?? null,
        exclusive: chosen.exclusive ?? home.settings.exclusive,
        retries: chosen.retries ?? null,
        repeats: repeated.id,
        runner: { talk: 'quiet', progress: false, stdout: 'stderr', detached: true },
        interruption: uninterrupted,
      },
      home,
      own,
    )
    log.info(`run ${newId} is ${record.state}`)
    return { run: newId }
  }

/** A value arrives over the loopback interface and not in a command line, so a secret may be written as it is. */
const parametersOf =
  (repeated: RunRecord, { parameters = {} }: RerunRequest, log: Job['log']): ReadParameters =>
  async declared => {
    // A script declares no parameters.
    const withheld = isSqlTask(repeated.task.key) ? [] : withheldParameters(repeated)
    const isHidden = (name: string) => isSecret(declared, name) || withheld.includes(name)
    for (const [name, value] of Object.entries(parameters)) if (isHidden(name)) log.addSecret(value)
    return repeatedParameters(repeated, submitParameters(new Map(Object.entries(parameters)), isHidden))
  }

/** The page does not know which ones are secrets, so all are. */
function variablesOf({ variables = {} }: RerunRequest, log: Job['log']) {
  for (const [name, value] of Object.entries(variables)) {
    checkVariableName(name)
    log.addSecret(value)
  }
  return { open: {}, secret: variables, referenced: {} }
}

/** The run goes on when the console ends. */
const uninterrupted = (): Interruption => ({
  requested: null,
  signal: new AbortController().signal,
  passOnTo: () => {},
  dispose: () => {},
})
