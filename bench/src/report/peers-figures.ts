import type { PeerCheck, PeerExport, PeerSample, PeersRecord } from '../peers/record.ts'
import { median } from '../statistics.ts'

/** A table of a database and a target of its exports. */
export type Subject = Pick<PeerExport, 'source' | 'table' | 'target'>
export type Figure = (sample: PeerSample) => number | null

export const FIGURES = {
  seconds: (sample: PeerSample) => sample.seconds,
  clientCpu: (sample: PeerSample) => sample.clientCpuSeconds,
  serverCpu: (sample: PeerSample) => sample.serverCpuSeconds,
  memory: (sample: PeerSample) => sample.peakMegabytes,
  size: (sample: PeerSample) => sample.fileBytes / 1e6,
  read: (sample: PeerSample) => sample.readCpuSeconds,
} as const satisfies Readonly<Record<string, Figure>>

/** All subjects that were measured, in the order of the run. */
export function subjectsOf({ checks }: PeersRecord): readonly Subject[] {
  const subjects = new Map(
    checks.map(({ source, table, target }) => [`${source}/${table}/${target}`, { source, table, target }]),
  )
  return [...subjects.values()]
}

const isOf = (subject: Subject, candidate: number) => (entry: PeerExport) =>
  entry.source === subject.source &&
  entry.table === subject.table &&
  entry.target === subject.target &&
  entry.candidate === candidate

/** Null if it was not measured. */
export const medianOf = (
  { samples }: PeersRecord,
  subject: Subject,
  candidate: number,
  figure: Figure,
): number | null =>
  median(
    samples
      .filter(isOf(subject, candidate))
      .map(figure)
      .filter(value => value !== null),
  )

/** The check of a candidate, or the failure in a later round. Null if it was not chosen. */
export const checkOf = ({ checks }: PeersRecord, subject: Subject, candidate: number): PeerCheck | null =>
  checks.findLast(isOf(subject, candidate)) ?? null

/** The programs that write Parquet, with the indexes of their settings. batchquery is the first. */
export function programsOf({ candidates }: PeersRecord): ReadonlyMap<string, readonly number[]> {
  const programs = new Map<string, readonly number[]>()
  for (const [at, { program, isText }] of candidates.entries())
    if (!isText) programs.set(program, [...(programs.get(program) ?? []), at])
  return programs
}

/** The least figure among the settings of a program, if the result is complete. Null if there is none. */
export function leastOf(
  record: PeersRecord,
  subject: Subject,
  settings: readonly number[],
  figure: Figure,
): { readonly candidate: number; readonly value: number } | null {
  const found = settings.flatMap(candidate => {
    const value = medianOf(record, subject, candidate, figure)
    return value === null ? [] : [{ candidate, value }]
  })
  return found.toSorted((a, b) => a.value - b.value)[0] ?? null
}

export const titleOfSource = ({ sources }: PeersRecord, source: Subject['source']): string =>
  sources.find(({ name }) => name === source)?.title ?? source
