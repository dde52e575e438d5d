import { inspect } from 'node:util'
import { BatchQueryError } from '../errors/index.ts'
import { keepIgnoredSignals, Log, outliveTerminals, talkOn } from '../platform/index.ts'
import type { Context } from './command.ts'
import { COMMANDS } from './commands/index.ts'
import { addEnvFiles } from './env-files.ts'
import { talkOf } from './options.ts'
import { Output } from './output.ts'
import { asksForJson, parseCommandLine } from './parse-command-line.ts'

/** The program `batchquery`. It sets the exit code, and ends by itself when all output is written. */
async function main(argv: readonly string[], output: Output): Promise<number> {
  const stderr = talkOn(process.stderr)
  let log = new Log('normal', stderr)
  try {
    const parsed = parseCommandLine(argv, COMMANDS, output.columns)
    if ('text' in parsed) {
      await output.writeLines(parsed.text)
      return 0
    }
    const { command, invocation } = parsed
    log = new Log(talkOf(invocation.options), stderr)
    const [environment, folder] = [process.env, process.cwd()]
    // Before any other code loads that may read the environment.
    await addEnvFiles(invocation.options.envFile ?? [], environment, folder, log)
    const context: Context = { environment, folder, log, output }
    const execute = await command.load()
    const { document, text, exitCode } = await execute(invocation, context)
    if (!invocation.options.json) await output.writeLines(text)
    else if (document !== undefined) await output.writeDocument(document)
    return exitCode
  } catch (thrown) {
    const error = BatchQueryError.from(thrown)
    log.failure(error)
    log.debug(inspect(error))
    if (asksForJson(argv)) await output.writeDocument({ error: redacted(error, log) })
    return error.exitCode
  }
}

const redacted = (error: BatchQueryError, log: Log) => ({
  ...error.toJSON(),
  message: log.redact(error.message),
  hint: error.hint === null ? null : log.redact(error.hint),
})

keepIgnoredSignals(process.env)
outliveTerminals()
void main(process.argv.slice(2), new Output(process.stdout)).then(code => {
  process.exitCode = code
})
