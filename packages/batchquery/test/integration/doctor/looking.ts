import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { readSettings } from '../../../src/config/index.ts'
import { lookAt, type Report } from '../../../src/doctor/index.ts'
import { Log, newRunId } from '../../../src/platform/index.ts'
import { DirectoryStore, type Store } from '../../../src/store/index.ts'

export interface Looking {
  /** @default - an embedded database in memory */
  readonly database?: string
  /** @default - a directory of its own */
  readonly store?: Store
  readonly bucket?: string
  readonly environment?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
}

export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-doctor-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The report of every check, by its id. A store that is a new directory must be empty afterwards. */
export async function look(looking: Looking = {}): Promise<ReadonlyMap<string, Report>> {
  const { database = 'duckdb::memory:', bucket = 'b', environment = {} } = looking
  const folder = await freshFolder()
  const store = looking.store ?? new DirectoryStore(join(folder, 'store'))
  const settings = readSettings(
    { store: store.capabilities.folder ?? 's3', bucket },
    { BATCHQUERY_DATABASE: database },
    folder,
  )
  const place = {
    id: `doctor-${newRunId(new Date())}`,
    settings,
    sources: { store: 'default', bucket: 'default', database: 'BATCHQUERY_DATABASE' },
    store,
    stack: null,
    stackError: null,
    environment,
    folder,
    log: new Log('quiet', () => {}),
  }
  const reports: Report[] = []
  for await (const report of lookAt(place, looking.signal ?? new AbortController().signal))
    reports.push(report)
  expect(await readdir(folder)).toEqual([])
  for (const report of reports) expectWhole(report)
  return new Map(reports.map(report => [report.id, report]))
}

/** A failed check says why and names the repair, a skipped one why, and one that holds what it met. */
function expectWhole({ id, state, figure, because, error }: Report): void {
  if (state === 'ok') expect(figure, id).toMatch(/.+/)
  if (state === 'skipped') expect(because, id).toMatch(/.+/)
  if (state === 'failed')
    expect(error, id).toMatchObject({
      message: expect.stringMatching(/.+/),
      hint: expect.stringMatching(/.+/),
    })
}

/** The ids of those that failed. */
export const failed = (reports: ReadonlyMap<string, Report>): string[] =>
  [...reports.values()].filter(({ state }) => state === 'failed').map(({ id }) => id)

/** The ids of those that were not done because another one failed. */
export const notDone = (reports: ReadonlyMap<string, Report>, culprit: string): string[] =>
  [...reports.values()].filter(({ because }) => because === `${culprit} failed`).map(({ id }) => id)

export const figures = (reports: ReadonlyMap<string, Report>): Record<string, string | null> =>
  Object.fromEntries([...reports.values()].map(({ id, figure, because }) => [id, figure ?? because]))

export const warnings = (reports: ReadonlyMap<string, Report>): string[] =>
  [...reports.values()].flatMap(({ warnings }) => warnings)
