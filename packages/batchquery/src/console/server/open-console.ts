import { configuredSecrets } from '../../config/index.ts'
import { Log } from '../../platform/index.ts'
import type { HomeOptions, ProcessContext } from '../../submit/configuration.ts'
import type { Home } from '../../submit/home.ts'
import { CommandLines } from './command-lines.ts'
import { Downloads } from './downloads.ts'
import { Jobs } from './jobs.ts'
import { Notices } from './notices.ts'
import { RunRecords } from './run-records.ts'
import { Samples } from './samples.ts'

/** What the answers of the server need. Everything that it keeps has a limit. */
export interface Console {
  readonly home: Home
  /** The options of the command line, for homes with other settings. */
  readonly options: HomeOptions
  readonly context: ProcessContext
  readonly isReadOnly: boolean
  readonly commands: CommandLines
  readonly records: RunRecords
  readonly samples: Samples
  readonly jobs: Jobs
  readonly downloads: Downloads
  readonly notices: Notices
}

export function openConsole(
  home: Home,
  options: HomeOptions,
  context: ProcessContext,
  isReadOnly: boolean,
): Console {
  const secrets = configuredSecrets(home.settings, context.environment)
  const newLog = (): Log => {
    // Its entries go to the page only.
    const log = new Log('quiet', () => {})
    for (const secret of secrets) log.addSecret(secret)
    return log
  }
  return {
    home,
    options,
    context,
    isReadOnly,
    commands: new CommandLines(options),
    records: new RunRecords(home.runs),
    samples: new Samples(),
    jobs: new Jobs(newLog),
    downloads: new Downloads(),
    notices: new Notices(context.log),
  }
}
