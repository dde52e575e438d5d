import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as v from 'valibot'
import { expect } from 'vitest'
import { type Ended, RUNNER, Workspace } from '../cli/workspace.ts'
import { filesIn } from './freeze.ts'
import { BUCKET, partsOf, type Written } from './runs.ts'
import { unpackStore } from './unpack-store.ts'

/** Contents by name. A part has the digest of its text, because some are long. */
export type Contents = Readonly<Record<string, string>>

const digestOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** A workspace whose home bucket is read without the product's code. */
export class Home {
  readonly workspace: Workspace

  constructor(workspace: Workspace) {
    this.workspace = workspace
  }

  /** Creates a home from the frozen store, whose runs are all dead or ended. @param id the only run to unpack */
  static async unpack(id?: string): Promise<Home> {
    const home = new Home(await Workspace.create())
    await unpackStore(home.store, id)
    return home
  }

  get store(): string {
    return join(this.workspace.folder, '.batchquery/store')
  }

  /** Runs the command line and returns its JSON. */
  async ask(args: readonly string[], code = 0) {
    const ended = await this.workspace.run([...args, '--json'])
    expect(ended.code, `${args.join(' ')}: ${ended.stderr}`).toBe(code)
    return JSON.parse(ended.stdout)
  }

  /** Runs a task of the store again with the id in its name. */
  runAgain(id: string): Promise<Ended> {
    // Only one run at a time can open a database in a file.
    const environment = { BATCHQUERY_DATABASE: 'duckdb::memory:' }
    return this.workspace.run(['run', `s3://${BUCKET}/script/${id}.sql`, '--run-id', id], { environment })
  }

  /** Starts a runner for a run, as an engine does. The command line would wait a minute for the runner of a queued run. */
  takeUp(id: string): Promise<Ended> {
    const environment = { BATCHQUERY_DATABASE: 'duckdb::memory:', BATCHQUERY_RUN_ID: id }
    return this.workspace.run([BUCKET, `script/${id}.sql`], { program: RUNNER, environment })
  }

  /** All files of the store. @param under a key or a prefix @default - the whole store */
  async files(under = ''): Promise<Contents> {
    const paths = (await filesIn(this.store).catch(() => [])).sort()
    const entries = paths.map(async path => [
      path.slice(this.store.length + 1),
      digestOf(await readFile(path)),
    ])
    const files: Contents = Object.fromEntries(await Promise.all(entries))
    return Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith(`${BUCKET}/${under}`)))
  }

  /** The objects under `output/`: parts by their text, manifests by the parts that they name. */
  async results(): Promise<Contents> {
    const keys = Object.keys(await this.files('output/')).map(path => path.slice(BUCKET.length + 1))
    const entries = keys.map(async key => [key, await this.#shown(key)])
    return Object.fromEntries(await Promise.all(entries))
  }

  /** Staged objects, marks and locks: neither results nor objects that runs keep. */
  async leftovers(): Promise<string[]> {
    const found = await this.workspace.results()
    return found.filter(path => !path.startsWith(`${BUCKET}/output/`))
  }

  async #shown(key: string): Promise<string> {
    const bytes = await this.read(key)
    if (key.endsWith('.manifest')) return this.#shownManifest(bytes.toString())
    const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b
    return digestOf(isCompressed ? gunzipSync(bytes) : bytes)
  }

  async #shownManifest(text: string): Promise<string> {
    const { entries } = v.parse(manifestSchema, JSON.parse(text))
    const shown = entries.map(async ({ url, meta }) => {
      const key = url.replace(`s3://${BUCKET}/`, '')
      const { length } = await this.read(key)
      return meta === undefined || meta.content_length === length ? key : `${key} of another length`
    })
    return (await Promise.all(shown)).join()
  }

  read(key: string): Promise<Buffer> {
    return readFile(join(this.store, BUCKET, key))
  }
}

const manifestSchema = v.object({
  entries: v.array(v.object({ url: v.string(), meta: v.optional(v.object({ content_length: v.number() })) })),
})

/** The texts of parts, as `results` shows them. */
export const shownParts = (parts: ReadonlyMap<string, string>): Contents =>
  Object.fromEntries(Array.from(parts, ([key, text]) => [key, digestOf(text)]))

/** A whole result, as `results` shows it. */
export function shownResult(written: Written): Contents {
  const parts = partsOf(written)
  const manifest = written.manifest ? { [`output/${written.name}.manifest`]: [...parts.keys()].join() } : {}
  return { ...shownParts(parts), ...manifest }
}

/** Several whole results, as `results` shows them. */
export const shownResults = (exports: readonly Written[]): Contents =>
  Object.assign({}, ...exports.map(shownResult))

export const uriOf = (name: string): string => `s3://${BUCKET}/output/${name}`
