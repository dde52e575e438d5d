import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startConsole } from '../../console/server/start-console.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Log } from '../../platform/index.ts'
import { openHome } from '../../submit/home.ts'
import type { Execute } from '../command.ts'
import { untilInterrupted } from '../interruptible.ts'

export const ui: Execute = async ({ options }, context) => {
  const { log, output } = context
  const { open, port = 0, readOnly = false, database, store, bucket, stack, config } = options
  const home = { database, store, bucket, stack, config }
  const running = await startConsole({
    home: await openHome(home, context),
    options: home,
    context,
    port,
    isReadOnly: readOnly,
  })
  let removeFile = async () => {}
  try {
    await output.writeLines(running.url)
    log.info('Ctrl-C ends the console; runs go on')
    if (open) removeFile = await openBrowser(running.url, log)
    await untilInterrupted()
  } finally {
    await removeFile()
    await running.close()
  }
  return { document: undefined, text: '', exitCode: 0 }
}

/** The program of this system that opens a URL in the user's browser. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', linux: 'xdg-open' }

/**
 * Opens the URL in the user's browser. Other users can read the arguments of a program, and the URL has a token. So the browser gets a
 * file that only this user can read, and that leads to the URL. If that fails, the user still has the URL.
 *
 * @returns a function that removes the file
 */
async function openBrowser(url: string, log: Log): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-ui-'))
  const file = join(folder, 'console.html')
  const page = `<!doctype html><meta http-equiv="refresh" content="0; url=${url}"><a href="${url}">batchquery</a>\n`
  await writeFile(file, page, { mode: 0o600 })
  const program = OPENERS[process.platform]
  const failure = program === undefined ? 'this system has no program for that' : await started(program, file)
  if (failure !== null) log.warn(`--open: no browser was opened: ${failure}; open the URL yourself`)
  return () => rm(folder, { recursive: true, force: true })
}

/** Returns why the program could not be started; null if it was. */
async function started(program: string, file: string): Promise<string | null> {
  const child = spawn(program, [pathToFileURL(file).href], { stdio: 'ignore', detached: true })
  child.unref()
  try {
    await once(child, 'spawn')
    return null
  } catch (thrown) {
    return BatchQueryError.from(thrown).message
  }
}
