import { setTimeout as sleep } from 'node:timers/promises'
import { BatchQueryError } from '../../../errors/index.ts'
import type { BoardState, RangeBoard, RangeEntry, SeenWorker } from '../../../journal/index.ts'
import type { ExecutionState, MachineExecution, MachineHost } from './machines.ts'

/** So often machines are started for an export. */
const MOST_EXECUTIONS = 3
/** AWS is asked this often less than the store is. */
const LOOKS_PER_STATE = 5

/** What the follower of a board needs. */
export interface FollowContext {
  readonly host: Pick<MachineHost, 'deadAfterMs' | 'lookMs' | 'start' | 'machines'>
  readonly board: RangeBoard
  /** The hash of the work. */
  readonly sha256: string
  readonly signal: AbortSignal
  readonly finished: (entry: RangeEntry) => void
  /** Whether all ranges are read. */
  readonly isComplete: () => boolean
  readonly note: (text: string) => void
  readonly warn: (text: string) => void
}

/**
 * Starts machines and follows what they do, until all ranges are read:
 *
 *     start ─▶ look … ─▶ complete
 *       ▲        └─(a worker is silent, or another machine has its number: its ranges go back)
 *       └──────────(the execution is over, and ranges are open: all of its ranges go back)
 */
export class BoardFollower {
  readonly #context: FollowContext
  /** Those that have been reported. */
  readonly #taken = new Set<number>()
  readonly #lost = new Set<string>()
  readonly #seen = new Map<string, { readonly seenAt: number; readonly since: number }>()
  #execution: MachineExecution | null = null
  #started = 0

  constructor(context: FollowContext) {
    this.#context = context
  }

  /** Whether a worker was lost, which may have left staged objects. */
  get hasLost(): boolean {
    return this.#lost.size > 0
  }

  /** @throws the failure of a worker; that of the machines if they cannot be started again; the signal's reason */
  async follow(): Promise<void> {
    const { board, signal, host, isComplete } = this.#context
    await this.#start()
    for (let looks = 1; ; looks++) {
      const state = await board.look()
      await this.#take(state)
      if (isComplete()) return
      if (state.hasFailed) throw await board.failure()
      for (const worker of state.workers) if (this.#isLost(worker, state)) await this.#lose(worker, state)
      if (looks % LOOKS_PER_STATE === 0) await this.#checkExecution()
      await sleep(host.lookMs, undefined, { signal })
    }
  }

  /**
   * Ends the machines. Resolves when each worker has ended, or is silent. Never throws.
   *
   * @param isUrgent whether workers get no time to end by themselves
   */
  async end(reason: string, isUrgent: boolean): Promise<void> {
    const { board, host, warn } = this.#context
    try {
      await board.close()
      // Workers see it, and end by themselves.
      const until = performance.now() + (isUrgent ? 0 : 2 * host.lookMs + 1_000)
      while (performance.now() < until && !(await this.#haveLeft())) await sleep(host.lookMs)
      await this.#execution?.stop(reason)
      const last = performance.now() + END_MS
      while (performance.now() < last && !(await this.#haveLeft())) await sleep(host.lookMs)
    } catch (thrown) {
      warn(`machines of the export may still be running: ${BatchQueryError.from(thrown).message}`)
    }
  }

  async #haveLeft(): Promise<boolean> {
    const { workers } = await this.#context.board.look()
    return workers.every(({ name, hasLeft }) => hasLeft || this.#lost.has(name))
  }

  async #start(): Promise<void> {
    const { host, board, sha256, note } = this.#context
    const number = ++this.#started
    this.#execution = await host.start({ board, number, machines: host.machines, sha256 })
    note(`${host.machines} machines read the ranges: ${this.#execution.name}`)
  }

  async #take({ finished }: BoardState): Promise<void> {
    for (const number of finished) {
      if (this.#taken.has(number)) continue
      this.#context.finished(await this.#context.board.entry(number))
      this.#taken.add(number)
    }
  }

  #isLost({ name, worker, machine, seenAt, hasLeft }: SeenWorker, { workers }: BoardState): boolean {
    if (hasLeft || this.#lost.has(name)) return false
    const known = this.#seen.get(name)
    const now = performance.now()
    if (known === undefined || known.seenAt !== seenAt) this.#seen.set(name, { seenAt, since: now })
    const silentSince = this.#seen.get(name)?.since ?? now
    const isReplaced = workers.some(other => other.worker === worker && other.machine > machine)
    return isReplaced || now - silentSince >= this.#context.host.deadAfterMs
  }

  /** Its ranges go back, although it may live: whichever worker finishes a range first has it. */
  async #lose({ name }: SeenWorker, state: BoardState): Promise<void> {
    const { board, warn } = this.#context
    this.#lost.add(name)
    let back = 0
    for (const claim of state.claims.values()) {
      if (!claim.isTaken || state.finished.has(claim.number)) continue
      if ((await board.claimedBy(claim)) !== name) continue
      await board.giveBack(claim)
      back++
    }
    const ranges = `${back} ${back === 1 ? 'range' : 'ranges'}`
    warn(`worker ${name} is lost, and other workers read its ${ranges}`)
  }

  async #checkExecution(): Promise<void> {
    const { board, warn } = this.#context
    const execution = await this.#execution?.state()
    if (execution === undefined || !execution.isOver) return
    // Its workers may have finished the last ranges meanwhile.
    const state = await board.look()
    await this.#take(state)
    if (this.#context.isComplete()) return
    if (state.hasFailed) throw await board.failure()
    if (this.#started === MOST_EXECUTIONS) throw neverComplete(execution)
    warn(
      `the machines have ended before the last range was read (${whyOver(execution)}); starting machines again`,
    )
    for (const worker of state.workers) {
      if (!worker.hasLeft && !this.#lost.has(worker.name)) await this.#lose(worker, state)
    }
    for (const claim of state.claims.values())
      if (claim.isTaken && !state.finished.has(claim.number)) await board.giveBack(claim)
    await this.#start()
  }
}

/** The coordinator itself may have 23 s after SIGTERM, and it removes what they staged after that. */
const END_MS = 15_000

const whyOver = ({ failure, lost }: ExecutionState): string =>
  [...(failure === null ? [] : [failure]), ...lost].join('; ') || 'no reason is known'

const neverComplete = (state: ExecutionState): BatchQueryError =>
  new BatchQueryError(
    'ENGINE_FAILED',
    `the machines were started ${MOST_EXECUTIONS} times, and ended before the last range was read: ${whyOver(state)}`,
    { hint: state.hint ?? 'Read the logs of the workers: `batchquery logs RUN --worker 1`.' },
  )
