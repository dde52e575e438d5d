import type { Command } from '../command.ts'
import { cancel } from './cancel.ts'
import { completion } from './completion.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { generate } from './generate.ts'
import { get } from './get.ts'
import { grants } from './grants.ts'
import { head } from './head.ts'
import { help } from './help.ts'
import { init } from './init.ts'
import { logs } from './logs.ts'
import { ls } from './ls.ts'
import { plan } from './plan.ts'
import { put } from './put.ts'
import { query } from './query.ts'
import { reap } from './reap.ts'
import { rerun } from './rerun.ts'
import { run } from './run.ts'
import { show } from './show.ts'
import { ui } from './ui.ts'
import { verify } from './verify.ts'
import { version } from './version.ts'

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  run,
  rerun,
  plan,
  query,
  generate,
  put,
  ls,
  show,
  logs,
  cancel,
  verify,
  get,
  head,
  reap,
  ui,
  doctor,
  grants,
  init,
  demo,
  completion(() => COMMANDS),
  help(() => COMMANDS),
  version,
]
