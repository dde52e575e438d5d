import type { Options } from '../options.ts'
import { CommandFailure } from '../process/measure.ts'
import { say } from '../talk.ts'
import { type Candidate, TARGETS, titleOf } from './candidates/candidate.ts'
import type { Installed } from './installed.ts'
import { checkCandidate, measureCandidate, type Subject, shorten, type Workplace } from './measure-peers.ts'
import type { PeerExport, PeersRecord } from './record.ts'
import { expectedOf } from './results.ts'
import { SOURCE_NAMES, type Source, startSource } from './sources.ts'
import { dropTable, fillTable, type PeerTable, rowsOf, TABLES } from './tables.ts'

/** A candidate whose first export takes longer is measured in one round. */
const SLOW_SECONDS = 10
/** The table of --smoke. */
const SMOKE_TABLE = 'typed'
/** S3 adds the same to every table, so these are enough. */
const TABLES_TO_S3 = ['table1', 'typed']

interface Parts {
  readonly place: Workplace
  readonly options: Options
  readonly installed: Installed
  readonly candidates: readonly Candidate[]
  readonly leftOut: Readonly<PeersRecord['leftOut']>
  readonly machine: PeersRecord['machine']
  readonly nodes: readonly string[]
  /** Called with all measurements so far. */
  readonly keep: (record: PeersRecord) => Promise<void>
}

/** A candidate that exports a subject correctly, or at least completely. */
interface Taking {
  readonly candidate: Candidate
  readonly entry: PeerExport
  readonly rounds: number
}

/** One run of `npm run bench -- --peers`. */
export class PeersRun {
  readonly #parts: Parts
  readonly #startedAt = Date.now()
  record: PeersRecord

  constructor(parts: Parts) {
    const { rounds, megabytes, smoke } = parts.options
    this.#parts = parts
    this.record = {
      version: 1,
      startedAt: new Date(this.#startedAt).toISOString(),
      seconds: 0,
      machine: parts.machine,
      nodes: [...parts.nodes],
      options: { rounds, megabytes, smoke },
      sources: [],
      tables: [],
      candidates: parts.candidates.map(({ program, settings, isOurs, isText }) => ({
        ...{ program, settings, isOurs, isText },
      })),
      leftOut: [...parts.leftOut],
      checks: [],
      samples: [],
    }
  }

  /** One database after the other, each with one table at a time, so that a table may need most of the memory. */
  async measureAll(): Promise<void> {
    for (const name of SOURCE_NAMES) {
      const tables = this.#tables().filter(table => this.#exportsOf(name, table).length > 0)
      if (tables.length === 0) continue
      const started = await startSource(name, this.#parts.options.megabytes, this.#parts.installed)
      if ('leftOut' in started) {
        await this.#add({ leftOut: [...this.record.leftOut, { name, reason: started.leftOut }] })
        continue
      }
      try {
        await this.#add({ sources: [...this.record.sources, { name, title: started.title }] })
        for (const table of tables) await this.#measureTable(started.source, table)
      } finally {
        await started.stop()
      }
    }
  }

  #tables(): readonly PeerTable[] {
    return this.#parts.options.smoke ? TABLES.filter(({ name }) => name === SMOKE_TABLE) : TABLES
  }

  /** The chosen exports of a table: the candidates of each target. */
  #exportsOf(source: Source['name'], table: PeerTable) {
    const { candidates, options } = this.#parts
    return TARGETS.filter(target => target === 'directory' || TABLES_TO_S3.includes(table.name)).flatMap(
      target =>
        candidates
          .map((candidate, at) => ({
            candidate,
            target,
            entry: { source, table: table.name, target, candidate: at },
          }))
          .filter(({ candidate }) => candidate.targets.includes(target))
          .filter(
            ({ candidate }) =>
              options.only?.test(`${source}/${table.name}/${target}/${titleOf(candidate)}`) ?? true,
          ),
    )
  }

  async #measureTable(source: Source, table: PeerTable): Promise<void> {
    const rows = rowsOf(table, this.#parts.options.megabytes)
    say(`filling ${table.name} of ${source.name} with ${rows} rows`)
    await fillTable(source, table, rows)
    const { name, about } = table
    if (!this.record.tables.some(known => known.name === name))
      await this.#add({ tables: [...this.record.tables, { name, about, rows }] })
    const expected = await expectedOf(source, table)
    const chosen = this.#exportsOf(source.name, table)
    for (const target of TARGETS) {
      const subject = { source, table, target, expected }
      const takings: Taking[] = []
      for (const { candidate, entry } of chosen.filter(each => each.target === target))
        takings.push(...(await this.#check(subject, candidate, entry)))
      for (let round = 1; round <= this.#parts.options.rounds; round++)
        for (const taking of takings) if (round <= taking.rounds) await this.#measure(subject, taking, round)
    }
    await dropTable(source, table)
  }

  async #check(subject: Subject, candidate: Candidate, entry: PeerExport): Promise<readonly Taking[]> {
    const startedAt = performance.now()
    const check = await checkCandidate(this.#parts.place, subject, candidate)
    const seconds = (performance.now() - startedAt) / 1000
    const { outcome, message } = check
    say(`${nameOf(entry)} ${titleOf(candidate)}: ${outcome}${message === null ? '' : ` (${message})`}`)
    await this.#add({ checks: [...this.record.checks, { ...entry, ...check }] })
    if (outcome === 'crash' || outcome === 'refused') return []
    const rounds = seconds > SLOW_SECONDS ? 1 : this.#parts.options.rounds
    return [{ candidate, entry, rounds }]
  }

  async #measure(subject: Subject, { candidate, entry }: Taking, round: number): Promise<void> {
    try {
      const sample = await measureCandidate(this.#parts.place, subject, candidate)
      const { seconds, clientCpuSeconds, serverCpuSeconds, peakMegabytes } = sample
      say(
        `round ${round} ${nameOf(entry)} ${titleOf(candidate)}: ${seconds.toFixed(2)} s, CPU ${clientCpuSeconds.toFixed(2)} s and server ${serverCpuSeconds.toFixed(2)} s, ${peakMegabytes.toFixed(0)} MB`,
      )
      await this.#add({ samples: [...this.record.samples, { ...entry, round, ...sample }] })
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error
      const message = shorten(error.output, [subject.source.server.password])
      say(`round ${round} ${nameOf(entry)} ${titleOf(candidate)}: ${message}`)
      await this.#add({
        checks: [...this.record.checks, { ...entry, outcome: 'crash', message, harm: null }],
      })
    }
  }

  async #add(more: Partial<PeersRecord>): Promise<void> {
    this.record = { ...this.record, ...more, seconds: (Date.now() - this.#startedAt) / 1000 }
    await this.#parts.keep(this.record)
  }
}

const nameOf = ({ source, table, target }: PeerExport): string => `${source}/${table}/${target}`
