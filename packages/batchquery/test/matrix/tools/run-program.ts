import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { fileIn, type Written } from './tool.ts'

const TIMEOUT_MS = 120_000
/** The exit code of a program in Rust after a panic. */
const PANIC = 101
/** A panic in a Python module, and a broken invariant of DuckDB. */
const CRASH = /PanicException|panicked at|INTERNAL Error|Segmentation fault/

export interface Program {
  readonly argv: readonly [string, ...(readonly string[])]
  readonly environment?: NodeJS.ProcessEnv
  /** The tool must write one file into it. */
  readonly folder: string
}

/** Runs a tool. Returns its file, or the words of its error. */
export async function runProgram({ argv, environment = {}, folder }: Program): Promise<Written> {
  const [command, ...args] = argv
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      output += String(chunk)
    })
  const [code, signal] = await once(child, 'close')
  if (code === 0) return fileIn(folder)
  const hasCrashed = signal !== null || code === PANIC || CRASH.test(output)
  const message = signal === null || PANICKED.test(output) ? errorIn(output) : `ended by ${signal}`
  return { result: hasCrashed ? 'crash' : 'refused', message }
}

const ERROR = /(?:^|\s)(?:[\w.]*(?:Error|Exception)|error): (.*)/
const PANICKED = /panicked at (?:.*?:\d+:\d+:?\s*\n)?(.*)/

/** The words of the last error that a program prints: the first line after `Error:`, or the last line. */
export function errorIn(output: string): string {
  const plain = stripVTControlCharacters(output)
  const panic = PANICKED.exec(plain)
  if (panic !== null) return (panic[1] ?? '').trim()
  const lines = plain
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  const errors = lines.map(line => ERROR.exec(line)?.[1]).filter(error => error !== undefined)
  return errors.at(-1) ?? lines.at(-1) ?? 'no message'
}
