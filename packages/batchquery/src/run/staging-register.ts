import * as v from 'valibot'

import { readBounded } from '../store/read-bounded.ts'
import type { StageToken, Store } from '../store/store.ts'
import { CoalescedWrite } from './coalesced-write.ts'
import { parseStagingKey, runPrefix, stagingKey, stagingMarkKey } from './keys.ts'
import { stageToken } from './ledger.ts'
import { toJsonBytes } from './owned-record.ts'
import { invalidObject, parseObject } from './parse-object.ts'
import { count } from './record.ts'

/** Of each object a runner that is killed amid a write has to write so many again. */
const TOKENS_IN_PAGE = 64
const MAX_PAGE_BYTES = 1024 * 1024

/** `runs/<id>/staging-NNNN-MMMM.json`, version 1. */
const pageSchema = v.object({
  version: v.literal(1),
  attempt: count,
  uri: v.string(),
  tokens: v.array(stageToken),
})

interface Page {
  readonly uri: string
  readonly tokens: StageToken[]
  readonly write: CoalescedWrite
}

/**
 * What an attempt is about to stage, written down before it does: whoever cleans up after a killed runner finds it
 * here. A ledger knows an export only when all of it is staged.
 *
 *     declare(uri) ──▶ staged objects begin: add(token), before the first byte of each ──▶ clear(uri)
 *
 * For each destination there are pages (`runs/<id>/staging-NNNN-MMMM.json`), which stay, and a mark
 * (`staging/<destination>/<id>/NNNN`), which stands for as long as something may be staged there: by the marks it is
 * known who else stages for a destination, and for which ended runs something is left to do.
 */
export class StagingRegister {
  readonly #store: Store
  readonly #bucket: string
  readonly #id: string
  readonly #attempt: number
  #pages = 0
  #page: Page | null = null

  constructor(store: Store, bucket: string, id: string, attempt: number) {
    this.#store = store
    this.#bucket = bucket
    this.#id = id
    this.#attempt = attempt
  }

  /** Settles when the store has the word. The page comes first: a mark without one could not be found again. */
  async declare(uri: string): Promise<void> {
    const mark = { bucket: this.#bucket, key: stagingMarkKey(uri, this.#id, this.#attempt) }
    this.#page = this.#newPage(uri)
    await this.#page.write.request()
    await this.#store.create(mark, Buffer.from(uri))
  }

  /** Settles when the store has the token. Many calls at once make few writes. */
  async add(token: StageToken): Promise<void> {
    const current = this.#page
    if (current === null) return
    const page = current.tokens.length < TOKENS_IN_PAGE ? current : this.#newPage(current.uri)
    this.#page = page
    page.tokens.push(token)
    await page.write.request()
  }

  /** Nothing is staged for the destination any more. */
  async clear(uri: string): Promise<void> {
    await this.#store.delete({ bucket: this.#bucket, key: stagingMarkKey(uri, this.#id, this.#attempt) })
  }

  #newPage(uri: string): Page {
    const key = stagingKey(this.#id, this.#attempt, ++this.#pages)
    const tokens: StageToken[] = []
    const write = new CoalescedWrite(() =>
      this.#store.put(
        { bucket: this.#bucket, key },
        toJsonBytes({ version: 1, attempt: this.#attempt, uri, tokens }),
      ),
    )
    return { uri, tokens, write }
  }
}

/** What an attempt began to stage for a destination. */
export interface BegunStaging {
  readonly attempt: number
  readonly uri: string
  readonly tokens: readonly StageToken[]
}

/**
 * What the attempts before `attempt` began to stage. Whoever may write to the bucket may have written it.
 *
 * @throws RUN_RECORD_INVALID naming the first field that is wrong
 */
export async function findBegun(
  store: Store,
  bucket: string,
  id: string,
  attempt: number,
): Promise<readonly BegunStaging[]> {
  const begun = new Map<string, { attempt: number; uri: string; tokens: StageToken[] }>()
  for await (const { key } of store.list(bucket, `${runPrefix(id)}staging-`)) {
    const of = parseStagingKey(id, key)
    if (of === null || of >= attempt) continue
    const page = await readPage(store, bucket, key, id, of)
    if (page === null) continue
    const name = `${of} ${page.uri}`
    const known = begun.get(name) ?? { attempt: of, uri: page.uri, tokens: [] }
    known.tokens.push(...page.tokens)
    begun.set(name, known)
  }
  return [...begun.values()]
}

async function readPage(store: Store, bucket: string, key: string, id: string, attempt: number) {
  const where = `s3://${bucket}/${key}`
  const bytes = await readBounded(store, { bucket, key }, MAX_PAGE_BYTES)
  if (bytes === null) return null
  if (bytes === 'too large') throw invalidObject(where, `larger than ${MAX_PAGE_BYTES} bytes`)
  const page = parseObject(pageSchema, bytes, where)
  if (page.attempt !== attempt) throw invalidObject(where, `attempt: it is of attempt ${page.attempt}`)
  const foreign = page.tokens.findIndex(({ owner }) => owner !== id)
  if (foreign !== -1) throw invalidObject(where, `tokens.${foreign}.owner: another run than ${id}`)
  return page
}
