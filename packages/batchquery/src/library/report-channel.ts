import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { BatchQueryError, isErrorCode } from '../errors/index.ts'

type Answer = Readonly<Record<string, unknown>>

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: BatchQueryError) => void
}

/**
 * The way from a task's process to its runner: lines of JSON on a file descriptor. A line with an `id` is answered.
 * The process may end whenever nobody waits for an answer.
 */
export class ReportChannel {
  readonly #fd: number
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  readonly #lost = new AbortController()
  #requests = 0

  /** @throws CONFIG where the descriptor is not the way to a runner */
  constructor(fd: number) {
    this.#fd = fd
    this.#socket = openSocket(fd)
    this.#socket.unref()
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#end())
    createInterface({ input: this.#socket }).on('line', line => this.#take(line))
  }

  /** Aborted with RUNNER_LOST when the runner is gone. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Says something that nobody answers. */
  say(name: string, value: unknown): void {
    if (!this.#lost.signal.aborted) this.#socket.write(`${JSON.stringify({ [name]: value })}\n`)
  }

  /** As `say`, before this returns: for a process that ends at once. What cannot be said is left out. */
  sayLast(name: string, value: unknown): void {
    try {
      writeSync(this.#fd, `${JSON.stringify({ [name]: value })}\n`)
    } catch {
      // The runner is gone, or does not read.
    }
  }

  /** @throws what the runner answers; RUNNER_LOST */
  async request(name: string, value: unknown): Promise<Answer> {
    this.#lost.signal.throwIfAborted()
    const id = ++this.#requests
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#socket.ref()
    this.#socket.write(`${JSON.stringify({ id, [name]: value })}\n`)
    return answer
  }

  #take(line: string): void {
    const answer = readAnswer(line)
    const waiting = answer === null ? undefined : this.#waiting.get(answer.id)
    if (answer === null || waiting === undefined) return
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#socket.unref()
    if (answer.error === null) waiting.resolve(answer.said)
    else waiting.reject(answer.error)
  }

  #end(): void {
    const lost = new BatchQueryError('RUNNER_LOST', 'the runner of this task is gone', {
      hint: 'Nothing is published any more. Start a new run: `batchquery rerun RUN`.',
    })
    this.#lost.abort(lost)
    for (const { reject } of this.#waiting.values()) reject(lost)
    this.#waiting.clear()
  }
}

function openSocket(fd: number): Socket {
  try {
    return new Socket({ fd, readable: true, writable: true })
  } catch (cause) {
    throw new BatchQueryError(
      'CONFIG',
      `BATCHQUERY_REPORT_FD names the descriptor ${fd}, which this process did not get from the runner`,
      {
        cause,
        hint: 'Pass the descriptor on to the process that exports; or take BATCHQUERY_REPORT_FD from its environment, and its exports are runs of their own.',
      },
    )
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Null for a line that is no answer. */
function readAnswer(line: string) {
  let said: unknown
  try {
    said = JSON.parse(line)
  } catch {
    return null
  }
  if (!isObject(said) || typeof said.id !== 'number') return null
  return { id: said.id, said, error: isObject(said.error) ? errorOf(said.error) : null }
}

function errorOf({ code, message, hint }: Record<string, unknown>): BatchQueryError {
  const known = typeof code === 'string' && isErrorCode(code) ? code : 'INTERNAL'
  return new BatchQueryError(known, String(message), typeof hint === 'string' ? { hint } : {})
}
