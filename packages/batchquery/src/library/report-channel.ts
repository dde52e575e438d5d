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
 * The channel from a process of a task to its runner: lines of JSON on a file descriptor. The runner answers a line with an `id`.
 * The channel keeps the process alive only while a request waits for its answer.
 */
export class ReportChannel {
  readonly #fd: number
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  readonly #lost = new AbortController()
  #requests = 0

  /** @throws CONFIG if the descriptor does not lead to a runner */
  constructor(fd: number) {
    this.#fd = fd
    this.#socket = openSocket(fd)
    this.#socket.unref()
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#end())
    createInterface({ input: this.#socket }).on('line', line => this.#take(line))
  }

  /** Aborted with RUNNER_LOST when the runner has closed the channel. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Sends a line that the runner does not answer. */
  send(name: string, value: unknown): void {
    if (!this.#lost.signal.aborted) this.#socket.write(`${JSON.stringify({ [name]: value })}\n`)
  }

  /** Writes a line before it returns, for a process that ends at once. Drops the line if it cannot be written. */
  sendNow(name: string, value: unknown): void {
    try {
      writeSync(this.#fd, `${JSON.stringify({ [name]: value })}\n`)
    } catch {
      // The runner is gone, or does not read.
    }
  }

  /** Sends a request, and resolves with the runner's answer. @throws the error that the runner answers; RUNNER_LOST */
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
    if (answer.error === null) waiting.resolve(answer.fields)
    else waiting.reject(answer.error)
  }

  #end(): void {
    const lost = new BatchQueryError('RUNNER_LOST', 'the runner of this task has ended', {
      hint: 'Start a new run: `batchquery rerun RUN`. Without its runner, the task cannot publish.',
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
      `BATCHQUERY_REPORT_FD names the descriptor ${fd}, which this process does not have`,
      {
        cause,
        hint: 'Pass the descriptor to the process that exports. Or remove BATCHQUERY_REPORT_FD from its environment, so that its exports are runs of their own.',
      },
    )
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Returns null for a line that is not an answer. */
function readAnswer(line: string) {
  let fields: unknown
  try {
    fields = JSON.parse(line)
  } catch {
    return null
  }
  if (!isObject(fields) || typeof fields.id !== 'number') return null
  return { id: fields.id, fields, error: isObject(fields.error) ? errorOf(fields.error) : null }
}

function errorOf({ code, message, hint }: Record<string, unknown>): BatchQueryError {
  const known = typeof code === 'string' && isErrorCode(code) ? code : 'INTERNAL'
  return new BatchQueryError(known, String(message), typeof hint === 'string' ? { hint } : {})
}
