import { configuredSecrets, loadDriverAhead } from '../config/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import {
  keepIgnoredSignals,
  Log,
  type LogSink,
  outliveTerminals,
  ProgressLine,
  talkOn,
  useLeanMemory,
} from '../platform/index.ts'
import { awaitsOrders, isSqlTask, receiveOrders } from '../run/index.ts'
import { readStarted } from './complete-environment.ts'
import { findOwnEcsTask } from './ecs-metadata.ts'
import { runAttempt } from './runner.ts'
import { readWorkerOrder } from './worker-order.ts'

/** The program `batchquery-task`. It sets the exit code and ends by itself when everything is written. */
async function main(talk: LogSink): Promise<number> {
  const { env, stderr } = process
  if (awaitsOrders(env) && !(await areOrdersReceived(env))) return 0
  const folder = process.cwd()
  const ecsTask = await findOwnEcsTask(env)
  const { settings, environment } = await readStarted(
    process.argv.slice(2),
    env,
    folder,
    ecsTask,
    new Log('normal', talk),
  )
  const wantsLine = settings.progress && settings.talk !== 'quiet'
  const terminal = wantsLine && stderr.isTTY ? stderr : null
  const progress = new ProgressLine(terminal, line => {
    if (wantsLine) log.info(line)
  })
  const log = new Log(settings.talk, entry => {
    progress.clear()
    talk(entry)
  })
  for (const secret of configuredSecrets(settings.configured, environment)) log.addSecret(secret)
  const order = readWorkerOrder(environment)
  if (order !== null) {
    const { runWorker } = await import('./worker.ts')
    return runWorker(settings, order, { environment, folder, log })
  }
  return runAttempt(settings, { environment, folder, log, progress })
}

/** Loads the driver that the run will probably need while the submitter still prepares the run. */
async function areOrdersReceived(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const { BATCHQUERY_DATABASE } = environment
  if (BATCHQUERY_DATABASE && isSqlTask(process.argv[3] ?? '')) await loadDriverAhead(BATCHQUERY_DATABASE)
  return receiveOrders(environment)
}

/** @returns the exit code; never throws */
async function run(talk: LogSink): Promise<number> {
  try {
    return await main(talk)
  } catch (thrown) {
    const error = BatchQueryError.from(thrown)
    const hint = error.hint === null ? '' : `\nhint: ${error.hint}`
    talk(`error: ${error.message}${hint}\n`)
    return error.exitCode
  }
}

useLeanMemory()
keepIgnoredSignals(process.env)
outliveTerminals()
void run(talkOn(process.stderr)).then(code => {
  process.exitCode = code
})
