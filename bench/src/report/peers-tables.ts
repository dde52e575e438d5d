import type { PeersRecord } from '../peers/record.ts'
import { quotient } from '../statistics.ts'
import {
  checkOf,
  FIGURES,
  type Figure,
  leastOf,
  medianOf,
  programsOf,
  type Subject,
  subjectsOf,
  titleOfSource,
} from './peers-figures.ts'
import { shown, type Table } from './table.ts'

const HEAD = [
  ...['', 's', 'client CPU s', 'server CPU s', 'peak MB', 'file MB', 'read s'],
  ...['longest ms', 'sessions', 'kept', 'result'],
]

/** A table for each table of each database and each target, in the order of the candidates. */
export const peersTables = (record: PeersRecord): readonly Table[] =>
  subjectsOf(record).map(subject => {
    const notes: string[] = []
    const rows = record.candidates.flatMap((_, candidate) => rowOf(record, subject, candidate, notes))
    const target = subject.target === 's3' ? ', to S3' : ''
    return {
      title: `${titleOfSource(record, subject.source)}: ${subject.table}${target}`,
      head: HEAD,
      rows,
      ...(notes.length > 0 && { remark: notes.join('\n') }),
    }
  })

/** No row if the candidate was not chosen. */
function rowOf(
  record: PeersRecord,
  subject: Subject,
  candidate: number,
  notes: string[],
): readonly string[][] {
  const check = checkOf(record, subject, candidate)
  const about = record.candidates[candidate]
  if (check === null || about === undefined) return []
  if (check.message !== null) notes.push(`- ${about.program}, ${about.settings}: ${noteOf(check.message)}`)
  const figure = (of: Figure, digits: number) => shown(medianOf(record, subject, candidate, of), digits)
  const { harm } = check
  return [
    [
      `${about.program}, ${about.settings}`,
      figure(FIGURES.seconds, 2),
      figure(FIGURES.clientCpu, 2),
      figure(FIGURES.serverCpu, 2),
      figure(FIGURES.memory, 0),
      figure(FIGURES.size, 1),
      figure(FIGURES.read, 2),
      shown(harm?.longestStatementMs ?? null, 0),
      shown(harm?.sessions ?? null, 0),
      shown(harm?.keptVersions ?? null, 0),
      check.outcome,
    ],
  ]
}

/** A message may contain anything, so it is code. */
const noteOf = (message: string): string =>
  message.startsWith('other values') || message.includes(' rows instead of ')
    ? message
    : `\`${message.replaceAll('`', "'")}\``

/** The CPU seconds of each client, with its better settings, to a directory. */
export function summaryTable(record: PeersRecord): Table {
  const programs = programsOf(record)
  const subjects = subjectsOf(record).filter(({ target }) => target === 'directory')
  return {
    title: 'CPU seconds of the client',
    head: ['', ...programs.keys()],
    rows: subjects.map(subject => [
      `${titleOfSource(record, subject.source)}: ${subject.table}`,
      ...Array.from(programs.values(), settings => cellOf(record, subject, settings)),
    ]),
    remark: 'Each program with its better settings. "wrong": the file has other values than the table.',
  }
}

function cellOf(record: PeersRecord, subject: Subject, settings: readonly number[]): string {
  const least = leastOf(record, subject, settings, FIGURES.clientCpu)
  const check = checkOf(record, subject, least?.candidate ?? settings[0] ?? -1)
  if (least === null) return check === null || check.outcome === 'correct' ? '–' : check.outcome
  return `${shown(least.value, 2)}${check?.outcome === 'wrong' ? ' (wrong)' : ''}`
}

const COMPARED = [
  FIGURES.seconds,
  FIGURES.clientCpu,
  FIGURES.serverCpu,
  FIGURES.memory,
  FIGURES.size,
  FIGURES.read,
]

/** The figures in which another program is better than batchquery, each with its best settings for the figure. */
export function betterPeers(record: PeersRecord): Table {
  const [[, ours] = ['', []], ...others] = programsOf(record)
  const rows = subjectsOf(record).flatMap(subject =>
    others.flatMap(([program, settings]) => {
      const shares = COMPARED.map(figure => {
        const theirs = leastOf(record, subject, settings, figure)
        const share = quotient(theirs?.value ?? null, leastOf(record, subject, ours, figure)?.value ?? null)
        return share !== null && share < 1 ? share : null
      })
      if (shares.every(share => share === null)) return []
      const target = subject.target === 's3' ? ', to S3' : ''
      return [
        [
          settings.some(at => checkOf(record, subject, at)?.outcome === 'wrong')
            ? `${program} (wrong)`
            : program,
          `${titleOfSource(record, subject.source)}: ${subject.table}${target}`,
          ...shares.map(share => shown(share, 2)),
        ],
      ]
    }),
  )
  return {
    title: 'Where others are better',
    head: ['', 'table', 'time', 'client CPU', 'server CPU', 'memory', 'file', 'reading'],
    rows,
    remark:
      'Each figure is a share of batchquery\'s, and shown if it is below 1. "wrong": the file has other values than the table.',
  }
}
