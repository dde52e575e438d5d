import { setTimeout as sleep } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import type { Store } from '../store/store.ts'
import { type ExportId, exportsPrefix, parseExportKey } from './keys.ts'
import type { StopMachines } from './owners-home.ts'
import { StoredRangeBoard } from './range-board.ts'
import type { DatabaseRecord, RunRecord } from './record.ts'
import { workerSessions } from './worker-register.ts'

/** A worker ends within 23 s of SIGTERM. */
const END_MS = 25_000
const LOOK_MS = 1_000

export interface MachinesHome {
  readonly store: Store
  readonly bucket: string
  /** Null if this process cannot stop executions: then the workers end when they see that their board is closed. */
  readonly stopMachines: StopMachines | null
  readonly deadAfterMs: number
}

/**
 * Ends the machines that attempts of a run left: closes their boards, stops their executions, and waits for workers that live. Safe to
 * repeat.
 *
 * @param end the machines of the attempts before this one
 * @param warn takes a sentence for each execution that may still run
 * @returns the databases in which workers may have left sessions
 * @throws RUN_RECORD_INVALID; the store's errors
 */
export async function recoverMachines(
  home: MachinesHome,
  { id, engine }: Pick<RunRecord, 'id' | 'engine'>,
  end: number,
  warn: (text: string) => void,
): Promise<readonly DatabaseRecord[]> {
  const { store, bucket } = home
  // Only that engine has machines, and a listing costs a request.
  if (engine.name !== 'fargate') return []
  const found: DatabaseRecord[] = []
  for (const of of await openBoards(store, bucket, id, end)) {
    const board = new StoredRangeBoard(store, bucket, id, of)
    await board.close()
    for (const execution of await board.executions()) await stop(home, execution, warn)
    await waitForWorkers(home, board)
    found.push(...(await workerSessions(store, bucket, id, of)))
  }
  return found
}

async function stop(
  { stopMachines }: MachinesHome,
  execution: string,
  warn: (text: string) => void,
): Promise<void> {
  try {
    await stopMachines?.(execution)
  } catch (thrown) {
    warn(`machines of the run may still be running (${execution}): ${BatchQueryError.from(thrown).message}`)
  }
}

/** The exports of earlier attempts that machines read, unless all of them have left. */
async function openBoards(
  store: Store,
  bucket: string,
  id: string,
  end: number,
): Promise<readonly ExportId[]> {
  const boards = new Map<string, ExportId>()
  for await (const { key } of store.list(bucket, exportsPrefix(id))) {
    const { of, name } = parseExportKey(id, key) ?? {}
    if (of === undefined || name === undefined || of.attempt >= end) continue
    if (name.startsWith('execution-')) boards.set(`${of.attempt}-${of.number}`, of)
    // What is published needs no machines: its coordinator has ended them.
    if (name === 'published') boards.delete(`${of.attempt}-${of.number}`)
  }
  return [...boards.values()]
}

async function waitForWorkers(
  { store, bucket, deadAfterMs }: MachinesHome,
  board: StoredRangeBoard,
): Promise<void> {
  for (const until = performance.now() + END_MS; performance.now() < until; await sleep(LOOK_MS)) {
    const now = (await store.now(bucket)).getTime()
    const { workers } = await board.look()
    if (workers.every(({ hasLeft, seenAt }) => hasLeft || now - seenAt >= deadAfterMs)) return
  }
}
