import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { StageToken, Store } from '../store/store.ts'
import { CoalescedWrite } from './coalesced-write.ts'
import { VERSION } from './export-objects.ts'
import { type ExportId, exportKey, parseExportKey, workerLogKey } from './keys.ts'
import { LogWriter } from './log-writer.ts'
import type { RunIntervals } from './owners-home.ts'
import { parseObject, toJsonBytes } from './parse-object.ts'
import { workerName } from './range-board.ts'
import { type DatabaseRecord, databaseRecord } from './record.ts'
import { type DatabaseSession, withoutSession, withSession } from './recorded-sessions.ts'
import { TokenPages } from './token-pages.ts'

const workerSchema = v.object({
  version: v.literal(VERSION),
  ecsTask: v.nullable(v.string()),
  databases: v.array(databaseRecord),
})
const MOST_BYTES = 1024 * 1024
/** A worker has so many machines at most, one after the other. */
const MOST_MACHINES = 99

/** The export that a worker reads ranges of. */
export interface WorkerPlace {
  readonly store: Store
  /** The home bucket. */
  readonly bucket: string
  readonly id: string
  readonly of: ExportId
}

/**
 * What a worker says of itself in the store, under its own names: its heartbeat, its sessions, what it stages, and its log. Only it writes
 * them. A machine that takes the place of another one has names of its own.
 */
export class WorkerRegister {
  /** For records and people: `w3`. */
  readonly name: string
  readonly #place: WorkerPlace
  readonly #key: string
  readonly #ecsTask: string | null
  readonly #write: CoalescedWrite
  readonly #pages: TokenPages
  readonly #logWriter: LogWriter
  readonly #detachLog: () => void
  #databases: readonly DatabaseRecord[] = []
  #timer: NodeJS.Timeout | undefined

  private constructor(
    place: WorkerPlace,
    { worker, machine, ecsTask }: { worker: number; machine: number; ecsTask: string | null },
    log: Log,
    { heartbeatMs, logFlushMs }: RunIntervals,
  ) {
    const { store, bucket, id, of } = place
    this.name = workerName(worker, machine)
    this.#place = place
    this.#ecsTask = ecsTask
    this.#key = workerKey(id, of, worker, machine)
    this.#write = new CoalescedWrite(() => store.put({ bucket, key: this.#key }, this.#bytes))
    this.#pages = new TokenPages((page, tokens) => {
      const name = `tokens-w${four(worker)}-${two(machine)}-${four(page)}`
      return store.put({ bucket, key: exportKey(id, of, name) }, toJsonBytes({ version: VERSION, tokens }))
    })
    const segmentAt = (segment: number) => ({
      bucket,
      key: workerLogKey(id, { of, worker, machine, segment }),
    })
    this.#logWriter = new LogWriter(store, segmentAt, logFlushMs)
    this.#detachLog = log.attach(this.#logWriter.append)
    this.#timer = setInterval(() => {
      // The next beat tries again. Silence shows the coordinator that something is wrong.
      this.#write.request().catch(() => {})
    }, heartbeatMs).unref()
  }

  /**
   * Joins the workers of an export as the next machine of a worker.
   *
   * @param worker its number, from 1
   * @throws the store's errors
   */
  static async join(
    place: WorkerPlace,
    { worker, ecsTask }: { readonly worker: number; readonly ecsTask: string | null },
    log: Log,
    intervals: RunIntervals,
  ): Promise<WorkerRegister> {
    const { store, bucket, id, of } = place
    for (let machine = 1; machine <= MOST_MACHINES; machine++) {
      const key = workerKey(id, of, worker, machine)
      const bytes = toJsonBytes({ version: VERSION, ecsTask, databases: [] })
      if (await store.create({ bucket, key }, bytes))
        return new WorkerRegister(place, { worker, machine, ecsTask }, log, intervals)
    }
    throw new BatchQueryError('ENGINE_FAILED', `worker ${worker} was started ${MOST_MACHINES} times`, {
      hint: 'Read its logs: `batchquery logs RUN --worker NUMBER`.',
    })
  }

  /** Await it before the session runs a statement: another process that ends the run finds the session here. */
  opened(session: DatabaseSession): Promise<void> {
    this.#databases = withSession(this.#databases, session)
    return this.#write.request()
  }

  closed(session: DatabaseSession): void {
    this.#databases = withoutSession(this.#databases, session)
  }

  /** Await it before the staged object has a byte. */
  staged(token: StageToken): Promise<void> {
    return this.#pages.add(token)
  }

  /** Writes the rest, when no session is open and nothing is being staged any more. @throws the store's errors */
  async leave(): Promise<void> {
    clearInterval(this.#timer)
    this.#detachLog()
    await Promise.all([this.#write.request(), this.#logWriter.close()])
    await this.#write.idle()
    const { store, bucket, id, of } = this.#place
    const key = exportKey(id, of, this.#key.replace(/^.*\/worker-(.*)\.json$/, 'left-$1'))
    await store.create({ bucket, key }, toJsonBytes({ version: VERSION }))
  }

  get #bytes(): Uint8Array {
    return toJsonBytes({ version: VERSION, ecsTask: this.#ecsTask, databases: this.#databases })
  }
}

/** The databases in which workers of a run may have left sessions. @throws RUN_RECORD_INVALID; the store's errors */
export async function workerSessions(
  store: Store,
  bucket: string,
  id: string,
  of: ExportId,
): Promise<readonly DatabaseRecord[]> {
  const found: DatabaseRecord[] = []
  const start = exportKey(id, of, 'worker-').slice(0, -'.json'.length)
  for await (const { key } of store.list(bucket, start)) {
    if (parseExportKey(id, key) === null) continue
    const bytes = await readBounded(store, { bucket, key }, MOST_BYTES)
    if (!(bytes instanceof Uint8Array)) continue
    const { databases } = parseObject(workerSchema, bytes, store.uriOf({ bucket, key }), VERSION)
    found.push(...databases.filter(({ sessions }) => sessions.length > 0))
  }
  return found
}

const workerKey = (id: string, of: ExportId, worker: number, machine: number): string =>
  exportKey(id, of, `worker-${four(worker)}-${two(machine)}`)

const four = (count: number): string => String(count).padStart(4, '0')
const two = (count: number): string => String(count).padStart(2, '0')
