import { extname } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'
import { isMarked, isShell, marked, refuseInterpreterLine, refuseUnreadableShell } from './shell-text.ts'
import { isSqlTask, type TaskSource } from './task-source.ts'

/** A program and its arguments. */
type Command = readonly [string, ...string[]]

/** How a runner runs a task. `entry` is the path of the file that starts it. */
export type Runtime =
  | { readonly kind: 'sql' }
  /** The runner bundles the script and runs it with its own Node. */
  | { readonly kind: 'node'; readonly entry: string }
  /** A program reads the script: the program, and its arguments before the file. */
  | { readonly kind: 'program'; readonly entry: string; readonly command: Command }

const NODE = ['.ts', '.mts', '.js', '.mjs']
const INDEX = [...NODE, '.py', '.sh'].map(extension => `index${extension}`)
const BASH = ['bash'] as const
const HINT =
  'Name a task that ends in .sql, .ts, .mts, .js, .mjs, .py or .sh, or begins with #! and its interpreter.'

/**
 * Decides how to run a task. The submitter and the runner both ask, so a task without a runtime is refused before a run of it exists.
 *
 * @throws TASK_INVALID for an extension that has no runtime, an empty file, a folder without index, and a script that a shell would
 *   misread
 */
export function runtimeOf(key: string, source: TaskSource): Runtime {
  if (isSqlTask(key)) return { kind: 'sql' }
  const entry = source.isFolder ? findIndex(key, source) : source.files[0]
  if (entry === undefined || entry.bytes.length === 0)
    throw new BatchQueryError('TASK_INVALID', `the task ${quoted(key)} is empty`, {
      hint: 'Write a script into it.',
    })
  const extension = extname(entry.path).toLowerCase()
  if (NODE.includes(extension)) return { kind: 'node', entry: entry.path }
  // -u: Python does not buffer its output, so the log shows it at once.
  if (extension === '.py') return { kind: 'program', entry: entry.path, command: ['python3', '-u'] }
  const command = extension === '.sh' ? BASH : interpreterLine(entry.bytes)
  if (command !== null) {
    if (isShell(command[0])) refuseUnreadableShell(source, entry)
    else refuseInterpreterLine(entry)
    return { kind: 'program', entry: entry.path, command }
  }
  if (isMarked(entry)) throw marked(entry)
  throw new BatchQueryError(
    'TASK_INVALID',
    `batchquery has no runtime for ${quoted(extension || key)} tasks`,
    {
      hint: HINT,
    },
  )
}

function findIndex(key: string, { files }: TaskSource) {
  const named = INDEX.map(name => files.find(({ path }) => path === name)).find(file => file !== undefined)
  const index = named ?? files.find(({ path }) => path === 'index')
  if (index !== undefined) return index
  throw new BatchQueryError('TASK_INVALID', `the folder ${quoted(key)} has no index`, {
    hint: `Rename its main file to one of ${INDEX.join(', ')}, or to index with #! in its first line.`,
  })
}

const LONGEST_INTERPRETER_LINE = 256

/** Reads the command after `#!` as the system does, but splits the arguments of `env`. Null without `#!`. */
function interpreterLine(bytes: Uint8Array): Command | null {
  const [line] = Buffer.from(bytes.subarray(0, LONGEST_INTERPRETER_LINE)).toString('latin1').split(/\r?\n/)
  const [, program, rest = ''] = /^#![ \t]*(\S+)[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
  if (program === undefined) return null
  if (!program.endsWith('/env')) return rest === '' ? [program] : [program, rest]
  const [named, ...args] = rest.split(/[ \t]+/).filter(word => word !== '-S' && word !== '')
  return named === undefined ? [program] : [named, ...args]
}
