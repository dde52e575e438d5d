import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BatchQueryError } from '../../errors/index.ts'
import { COPY_SLOTS } from './copy-slots.ts'
import { FIFO_FOLDER, fifoParent, removeDeadFifos } from './dead-fifos.ts'

const run = promisify(execFile)
/** Once per process is enough. */
let sweeping: Promise<void> | null = null

/** A folder with named pipes. */
export interface FifoFolder {
  readonly path: string
  /** Makes named pipes, which are not open yet. @throws CONFIG if that is impossible */
  add(names: readonly string[]): Promise<void>
}

/**
 * Waits for a slot, and makes a folder for the named pipes of one COPY. Removes it when `work` is done.
 *
 * @throws CONFIG if there can be no such folder
 */
export async function withFifoFolder<T>(
  stopped: AbortSignal,
  work: (folder: FifoFolder) => Promise<T>,
): Promise<T> {
  await COPY_SLOTS.take(stopped)
  try {
    sweeping ??= removeDeadFifos()
    await sweeping
    const path = await mkdtemp(join(fifoParent(), FIFO_FOLDER)).catch(refuse)
    try {
      return await work({ path, add: names => addFifos(path, names) })
    } finally {
      await rm(path, { recursive: true, force: true })
    }
  } finally {
    COPY_SLOTS.give()
  }
}

async function addFifos(folder: string, names: readonly string[]): Promise<void> {
  await run('mkfifo', ['-m', '600', ...names.map(name => join(folder, name))]).catch(refuse)
}

function refuse(cause: unknown): never {
  const why = cause instanceof Error ? cause.message.trim() : String(cause)
  throw new BatchQueryError(
    'CONFIG',
    `cannot make the named pipe in ${fifoParent()} that DuckDB's rows need: ${why}`,
    {
      cause,
      hint: 'Check that the program mkfifo is installed (Linux and macOS have it), and that the temporary folder (TMPDIR) is writable.',
    },
  )
}
