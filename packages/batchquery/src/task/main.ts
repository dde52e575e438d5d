import { configuredSecrets } from '../config/index.ts'
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
import { readStarted } from './complete-environment.ts'
import { findOwnEcsTask } from './ecs-metadata.ts'
import { runAttempt } from './runner.ts'

/** The program `batchquery-task`. Ends by itself when all is written; only the exit code is set. */
async function main(talk: LogSink): Promise<number> {
  const { env, stderr } = process
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
  return runAttempt(settings, { environment, folder, log, progress })
}

useLeanMemory()
keepIgnoredSignals(process.env)
outliveTerminals()
const talk = talkOn(process.stderr)
try {
  process.exitCode = await main(talk)
} catch (thrown) {
  const error = BatchQueryError.from(thrown)
  const hint = error.hint === null ? '' : `\nhint: ${error.hint}`
  talk(`error: ${error.message}${hint}\n`)
  process.exitCode = error.exitCode
}
