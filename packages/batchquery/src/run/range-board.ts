import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { BoardState, RangeBoard, RangeClaim, RangeEntry, SeenWorker } from '../journal/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { ObjectAddress, StageToken, Store } from '../store/store.ts'
import { MOST_STAGED_BYTES, rangeSchema, tokensSchema, VERSION } from './export-objects.ts'
import { type ExportId, exportKey, parseExportKey } from './keys.ts'
import { invalidObject, parseObject, toJsonBytes } from './parse-object.ts'

/*
 * In the folder of an export, next to the objects of export-objects.ts:
 *
 *     work.json                     what the workers do; written by the coordinator before it starts them
 *     execution-NN.json             the executions that started machines, each written before it is started
 *     claim-RRRRR-TT.json           a worker reads the range, for the TT-th time; created exclusively
 *     back-RRRRR-TT.json            that worker is lost, and another one may claim the range
 *     range-RRRRR.json              the range is read whole; created exclusively
 *     worker-KKKK-MM.json           the M-th machine of worker K: its sessions and its heartbeat; only that machine writes it
 *     left-KKKK-MM.json             that machine has ended by itself
 *     tokens-wKKKK-MM-PPPP.json     what that machine staged
 *     failed.json                   why the export ends without a result; created exclusively
 *     closed.json                   the workers end
 */

const workSchema = v.object({ version: v.literal(VERSION), work: v.unknown() })
const claimSchema = v.object({ version: v.literal(VERSION), worker: v.string() })
const executionSchema = v.object({ version: v.literal(VERSION), execution: v.string() })
const failureSchema = v.object({
  version: v.literal(VERSION),
  error: v.object({
    code: v.string(),
    message: v.string(),
    hint: v.nullable(v.string()),
    retryable: v.boolean(),
    exitCode: v.number(),
  }),
})

const MOST_BYTES = 64 * 1024

/** The objects of one export that several machines read. */
export class StoredRangeBoard implements RangeBoard {
  readonly name: string
  readonly #store: Store
  readonly #bucket: string
  readonly #id: string
  readonly #of: ExportId

  constructor(store: Store, bucket: string, id: string, of: ExportId) {
    this.#store = store
    this.#bucket = bucket
    this.#id = id
    this.#of = of
    this.name = `${digits(of.attempt)}-${digits(of.number)}`
  }

  async publishWork(work: object): Promise<string> {
    const bytes = toJsonBytes({ version: VERSION, work })
    await this.#store.put(this.#at('work'), bytes)
    return sha256Of(bytes)
  }

  async readWork(sha256: string): Promise<unknown> {
    const where = this.#store.uriOf(this.#at('work'))
    const bytes = await this.#bytes('work', MOST_STAGED_BYTES)
    if (sha256Of(bytes) !== sha256) throw invalidObject(where, `its SHA-256 is not ${sha256}`)
    return parseObject(workSchema, bytes, where, VERSION).work
  }

  async look(): Promise<BoardState> {
    const finished = new Set<number>()
    const claims = new Map<number, RangeClaim & { isTaken: boolean }>()
    const workers: SeenWorker[] = []
    let hasFailed = false
    let isClosed = false
    // Keys come in order: the turns of a range one after the other, `back` before `claim`, and `left` before `worker`.
    const back = new Set<string>()
    const left = new Set<string>()
    for await (const { key, lastModified } of this.#store.list(this.#bucket, this.#prefix)) {
      const name = parseExportKey(this.#id, key)?.name ?? ''
      const [kind = '', first = 0, second = 0] = parts(name)
      if (kind === 'range') finished.add(first)
      else if (kind === 'back') back.add(name.slice('back-'.length))
      else if (kind === 'left') left.add(name.slice('left-'.length))
      else if (kind === 'claim')
        claims.set(first, {
          ...{ number: first, turn: second },
          isTaken: !back.has(name.slice('claim-'.length)),
        })
      else if (kind === 'worker')
        workers.push({
          ...{ name: workerName(first, second), worker: first, machine: second },
          seenAt: lastModified.getTime(),
          hasLeft: left.has(name.slice('worker-'.length)),
        })
      else if (name === 'failed') hasFailed = true
      else if (name === 'closed') isClosed = true
    }
    return { finished, claims, workers, hasFailed, isClosed }
  }

  claim(claim: RangeClaim, worker: string): Promise<boolean> {
    return this.#create(`claim-${claimName(claim)}`, { worker })
  }

  async claimedBy(claim: RangeClaim): Promise<string | null> {
    return (await this.#read(`claim-${claimName(claim)}`, claimSchema, MOST_BYTES)).worker
  }

  async giveBack(claim: RangeClaim): Promise<void> {
    await this.#create(`back-${claimName(claim)}`, {})
  }

  async finish(range: RangeEntry): Promise<boolean> {
    const name = rangeName(range.number)
    if (await this.#create(name, { range })) return true
    // The answer to an earlier try may have been lost.
    const earlier = await this.entry(range.number)
    return JSON.stringify(earlier.parts) === JSON.stringify(range.parts)
  }

  async entry(number: number): Promise<RangeEntry> {
    const { range } = await this.#read(rangeName(number), rangeSchema, MOST_STAGED_BYTES)
    this.#refuseForeign(
      rangeName(number),
      range.parts.map(({ token }) => token),
    )
    return range
  }

  async fail(error: BatchQueryError): Promise<void> {
    await this.#create('failed', { error: { ...error.toJSON(), exitCode: error.exitCode } })
  }

  async failure(): Promise<BatchQueryError> {
    const { error } = await this.#read('failed', failureSchema, MOST_BYTES)
    const { code, message, hint, retryable, exitCode } = error
    return new BatchQueryError(isCode(code) ? code : 'INTERNAL', message, {
      ...(hint !== null && { hint }),
      ...{ retryable, exitCode },
    })
  }

  async close(): Promise<void> {
    await this.#create('closed', {})
  }

  /** Call it before the execution is started, so that another process can stop it. @param number from 1 */
  async recordExecution(number: number, execution: string): Promise<void> {
    await this.#create(`execution-${two(number)}`, { execution })
  }

  async executions(): Promise<readonly string[]> {
    const found: string[] = []
    for (const name of await this.#names('execution-'))
      found.push((await this.#read(name, executionSchema, MOST_BYTES)).execution)
    return found
  }

  async tokensOf({ worker, machine }: SeenWorker): Promise<readonly StageToken[]> {
    const tokens: StageToken[] = []
    for (const name of await this.#names(`tokens-w${digits(worker)}-${two(machine)}-`)) {
      const page = await this.#read(name, tokensSchema, MOST_STAGED_BYTES)
      this.#refuseForeign(name, page.tokens)
      tokens.push(...page.tokens)
    }
    return tokens
  }

  async #names(start: string): Promise<readonly string[]> {
    const names: string[] = []
    for await (const { key } of this.#store.list(this.#bucket, `${this.#prefix}${start}`))
      names.push(parseExportKey(this.#id, key)?.name ?? '')
    return names
  }

  get #prefix(): string {
    return exportKey(this.#id, this.#of, '').slice(0, -'.json'.length)
  }

  #at(name: string): ObjectAddress {
    return { bucket: this.#bucket, key: exportKey(this.#id, this.#of, name) }
  }

  #create(name: string, content: object): Promise<boolean> {
    return this.#store.create(this.#at(name), toJsonBytes({ version: VERSION, ...content }))
  }

  async #read<Schema extends v.GenericSchema>(
    name: string,
    schema: Schema,
    most: number,
  ): Promise<v.InferOutput<Schema>> {
    const bytes = await this.#bytes(name, most)
    return parseObject(schema, bytes, this.#store.uriOf(this.#at(name)), VERSION)
  }

  async #bytes(name: string, most: number): Promise<Uint8Array> {
    const where = this.#store.uriOf(this.#at(name))
    const bytes = await readBounded(this.#store, this.#at(name), most)
    if (bytes === null) throw invalidObject(where, 'it is missing')
    if (bytes === 'too large') throw invalidObject(where, `larger than ${most} bytes`)
    return bytes
  }

  #refuseForeign(name: string, tokens: readonly StageToken[]): void {
    if (tokens.some(({ owner }) => owner !== this.#id))
      throw invalidObject(this.#store.uriOf(this.#at(name)), `a token is not of run ${this.#id}`)
  }
}

/** The kind and the numbers in the name of an object. */
function parts(name: string): readonly [string?, number?, number?] {
  const [, kind, first, second] = /^(range|claim|back|worker|left)-(\d{4,9})(?:-(\d{2,4}))?$/.exec(name) ?? []
  return kind === undefined ? [] : [kind, Number(first), Number(second ?? 0)]
}

export const workerName = (worker: number, machine: number): string =>
  machine === 1 ? `w${worker}` : `w${worker}.${machine}`

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const isCode = (code: string): code is ErrorCode => Object.hasOwn(CATALOGUE, code)

const claimName = ({ number, turn }: RangeClaim): string => `${String(number).padStart(5, '0')}-${two(turn)}`
const rangeName = (number: number): string => `range-${String(number).padStart(5, '0')}`
const digits = (count: number): string => String(count).padStart(4, '0')
const two = (count: number): string => String(count).padStart(2, '0')
