import { BatchQueryError } from '../errors/index.ts'
import { readStoredTask, type TaskSource } from '../run/index.ts'
import { formatS3Uri, type Store } from '../store/index.ts'
import type { NamedTask } from './task-file.ts'

/** A task as the submitter has it before its eyes. */
export interface SeenTask {
  /** Null where nothing stands there. */
  readonly source: TaskSource | null
  /** In hex. */
  readonly sha256: string | null
}

/**
 * Looks at a task before it is submitted.
 *
 * @param pin the only SHA-256 that it may have, in hex; null takes what is there
 * @throws TASK_CHANGED where it has another one; TASK_INVALID
 */
export async function seeTask(
  { address, file }: NamedTask,
  store: Store,
  pin: string | null,
): Promise<SeenTask> {
  const source = file?.source ?? (await readStoredTask(store, address))
  const sha256 = source?.sha256 ?? null
  if (pin === null || sha256 === null || sha256 === pin) return { source, sha256 }
  throw new BatchQueryError(
    'TASK_CHANGED',
    `the task ${shownName({ address, file })} has SHA-256 ${sha256}, but ${pin} is pinned`,
    {
      hint: 'Look at what has changed in it; if that is right, pin the new one.',
    },
  )
}

/** How the submitter knows the task. */
export const shownName = ({ address, file }: NamedTask): string =>
  file === null ? formatS3Uri(address) : file.name
