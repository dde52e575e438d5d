import * as v from 'valibot'
import { COMPRESSION_NAMES, FORMAT_NAMES, LEVELS } from '../format/index.ts'

/*
 * The steps of an export as data. The schemas are the only definition: they check everything that is read from a store or
 * comes from a script.
 */

export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** ISO 8601 in UTC with milliseconds, exactly as Date writes it. */
export const time = v.pipe(
  v.string(),
  v.check(text => new Date(text).toJSON() === text, 'Invalid time: expected 2026-11-23T02:15:45.000Z'),
)

export const exportFormat = v.picklist(FORMAT_NAMES)

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

/** Bytes as text: each character is a byte. */
const bytesText = v.pipe(
  v.string(),
  v.check(text => !/[^\0-\xff]/.test(text), 'Invalid bytes: a character is above U+00FF'),
)

/** How rows of TEXT and CSV are delimited. */
const delimitedFields = v.object({
  header: v.boolean(),
  separator: bytesText,
  quote: bytesText,
  escape: bytesText,
  nullWord: bytesText,
  lineStart: bytesText,
  lineEnd: bytesText,
  /** BOM ON. */
  bom: v.optional(v.literal(true)),
  /** The clause CHARACTER SET. */
  characterSet: v.optional(v.string()),
})

export type RecordedLayout = v.InferOutput<typeof delimitedFields>

const invalidDates = v.array(v.object({ column: v.string(), count }))

/** The fields of a record about the content of an export. Exports of earlier versions have none of it. */
export const contentFields = {
  compression: v.optional(v.picklist(COMPRESSION_NAMES)),
  /** How many dates of each column are in no calendar, such as 2024-02-00, and were written as NULL. Absent if there are none. */
  invalidDates: v.optional(invalidDates),
  /** Absent if the statement left everything about it to the format. */
  delimited: v.optional(delimitedFields),
  /** Which moment the rows are of. Absent if one session read them. */
  level: v.optional(v.picklist(LEVELS)),
  /** The moment in the words of the server: a snapshot, or a position in its log. Absent if it has none. */
  moment: v.optional(v.string()),
}

export const stageToken = v.object({
  kind: v.string(),
  bucket: v.string(),
  key: v.string(),
  owner: v.string(),
  handle: v.string(),
})

/** What MANIFEST VERBOSE says of a result besides its parts. */
const described = v.object({
  /** The version of batchquery. */
  version: v.string(),
  runId: v.string(),
  statementSha256: v.string(),
  level: v.picklist(LEVELS),
  columns: v.array(
    v.object({
      name: v.string(),
      /** In the words of the server; null if it did not say. */
      sourceType: v.nullable(v.string()),
      /** In the words of the file; null if the file's description was too long to be kept. */
      writtenType: v.nullable(v.string()),
      /** In Redshift's words. */
      base: v.object({
        base: v.string(),
        precision: v.optional(count),
        scale: v.optional(v.pipe(v.number(), v.safeInteger())),
      }),
      nullable: v.boolean(),
    }),
  ),
})

/** The statistics of a part, for each column of the result. */
const statistics = v.array(
  v.object({ nulls: v.nullable(count), min: v.nullable(v.string()), max: v.nullable(v.string()) }),
)

/** A staged part. Another process can commit or remove it with this data alone. */
export const stagedPart = v.object({
  uri: v.string(),
  token: stageToken,
  rows: count,
  bytes: count,
  /** How many bytes the header takes at the start, as stored. */
  headerBytes: count,
  /** The SHA-256 of the bytes as stored, in lower-case hexadecimal. */
  sha256,
  /** Only for MANIFEST VERBOSE, if the format has them, and if there is room for them. */
  statistics: v.optional(statistics),
})

/** A range of an export that one of its readers has read whole. A later attempt needs nothing else to keep its parts. */
export const rangeEntry = v.pipe(
  v.object({
    number: count,
    /** Identifies everything that decides which rows the range has and how they are written: see `planSha256`. */
    planSha256: sha256,
    /** The reader: `w3`. */
    worker: v.string(),
    /** Empty if the range has no rows. */
    parts: v.array(stagedPart),
    rows: count,
    bytes: count,
    invalidDates,
    /** As in the staged export; null if it has none. */
    delimited: v.nullable(delimitedFields),
    described: v.nullable(described),
    columns: v.array(v.object({ name: v.string(), type: v.string() })),
  }),
  v.forward(
    v.check(({ parts, rows }) => rows === total(parts, 'rows'), 'Invalid count: not the sum of the parts'),
    ['rows'],
  ),
)

/** A manifest that was staged like a part, because the result has none. */
const stagedManifest = v.object({ token: stageToken, bytes: count })

const total = (parts: readonly { rows: number; bytes: number }[], of: 'rows' | 'bytes'): number =>
  parts.reduce((sum, part) => sum + part[of], 0)

/** An export whose parts are all staged, and how to publish it. */
export const stagedExport = v.pipe(
  v.object({
    /** The destination as recorded: absolute, without a part's suffix. */
    uri: v.string(),
    format: exportFormat,
    /** In the order of their keys' bytes if the result has partitions. Empty only with `stagedManifest`. */
    parts: v.array(stagedPart),
    rows: count,
    bytes: count,
    overwrite: v.boolean(),
    /** Replaces only the partitions that this result has. Absent if it replaces the whole earlier result, or nothing. */
    replaces: v.optional(v.literal('PARTITIONS')),
    /** The only part has exactly the key of the destination. */
    single: v.optional(v.literal(true)),
    /** The manifest's URI; null without MANIFEST ON. */
    manifest: v.nullable(v.string()),
    /** Only if the result has partitions, but no rows. It shows a later attempt that this run wrote to the destination. */
    stagedManifest: v.optional(stagedManifest),
    /** It is the last statement of the task: when it is published, the run has succeeded. */
    isLast: v.boolean(),
    /** Only with MANIFEST VERBOSE. */
    described: v.optional(described),
    ...contentFields,
  }),
  v.forward(
    v.check(
      ({ parts, stagedManifest }) => (parts.length === 0) === (stagedManifest !== undefined),
      'Invalid parts: either parts or a staged manifest',
    ),
    ['parts'],
  ),
  v.forward(
    v.check(({ parts, rows }) => rows === total(parts, 'rows'), 'Invalid count: not the sum of the parts'),
    ['rows'],
  ),
  v.forward(
    v.check(({ parts, bytes }) => bytes === total(parts, 'bytes'), 'Invalid count: not the sum of the parts'),
    ['bytes'],
  ),
)

/** The result that a server wrote itself, as the store lists it. */
export const nativeResult = v.object({
  uri: v.string(),
  rows: count,
  bytes: count,
  parts: v.array(v.object({ uri: v.string(), bytes: count })),
  /** The manifest's URI; null without MANIFEST ON. */
  manifest: v.nullable(v.string()),
})

/** What a later attempt must know of an export that several sessions read. */
export const begunParallel = v.object({ consistency: v.picklist(['SNAPSHOT', 'NONE']) })

/** A plan says at most so many of its ranges. */
export const MOST_PLANNED_RANGES = 500
/** In characters. */
export const LONGEST_PLAN_TEXT = 1_000

const estimated = v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0)))

/** How several sessions divide the rows of an export, for people. Nothing depends on it. */
export const recordedPlan = v.object({
  /** The table. */
  source: v.string(),
  /** What divides it. */
  key: v.string(),
  consistency: v.picklist(['SNAPSHOT', 'NONE']),
  readers: count,
  /** As the statistics of the database estimate them; null if they do not. */
  rows: estimated,
  bytes: estimated,
  /** How the server reads, in its own words: a line for each table. */
  access: v.array(v.string()),
  rangeCount: count,
  /** The first ones. */
  ranges: v.array(v.object({ number: count, where: v.string(), rows: estimated })),
})

const uri = v.string()

/**
 *     streamed   begun ─▶ planned, opened, range … ─▶ staged ─▶ lock ─▶ committing ─▶ published ─▶ unlock ─▶ unmarked
 *                  └─────────────────┴──────────────┴────────────────────────▶ aborted ─────────────────▲
 *     native     lock ─▶ nativeBegun ─▶ nativeDone | aborted ─▶ unlock
 */
export const journalStep = v.variant('step', [
  /** Locks the destination for this run. */
  v.object({ step: v.literal('lock'), uri }),
  /** Unlocks the destination if this run has the lock. */
  v.object({ step: v.literal('unlock'), uri }),
  /** Changes nothing. Fails if another attempt took over the run; a recent check counts. */
  v.object({ step: v.literal('confirm') }),
  /** The export will stage objects for this destination. From now on another process can find and remove them. */
  v.object({ step: v.literal('begun'), uri, format: exportFormat, parallel: v.optional(begunParallel) }),
  /** Several sessions read the rows, in these ranges. */
  v.object({ step: v.literal('planned'), uri, plan: recordedPlan }),
  /** The store has begun a staged object of the export. It has no bytes before this step is written. */
  v.object({ step: v.literal('opened'), uri, token: stageToken }),
  /** A range is read whole. From now on a later attempt can keep it. */
  v.object({ step: v.literal('range'), uri, range: rangeEntry }),
  /** All parts are staged and the counts agree. From now on another process can publish or abort the export. */
  v.object({ step: v.literal('staged'), export: stagedExport }),
  /** The first commit comes next. From now on the export only goes forward. */
  v.object({ step: v.literal('committing'), uri }),
  v.object({ step: v.literal('published'), uri }),
  v.object({ step: v.literal('aborted'), uri }),
  /** Nothing is staged for the destination any more: all of it is published or removed. So its mark goes. */
  v.object({ step: v.literal('unmarked'), uri }),
  /**
   * The server begins to write there itself, and readers see its objects at once. `since` is by the store's clock: the server
   * wrote every object of the destination that changes from then on.
   */
  v.object({
    step: v.literal('nativeBegun'),
    uri,
    format: exportFormat,
    manifest: v.nullable(v.string()),
    since: time,
  }),
  /** The server reported success and its result was checked. So it counts as published. */
  v.object({ step: v.literal('nativeDone'), result: nativeResult }),
])

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T

export type StagedPart = Immutable<v.InferOutput<typeof stagedPart>>
export type DescribedExport = Immutable<v.InferOutput<typeof described>>
export type PartStatistics = Immutable<v.InferOutput<typeof statistics>>
export type RecordedPlan = Immutable<v.InferOutput<typeof recordedPlan>>
export type RangeEntry = Immutable<v.InferOutput<typeof rangeEntry>>
export type StagedExport = Immutable<v.InferOutput<typeof stagedExport>>

/** An object that an export commits, and the size that it must have. */
export type ObjectToCommit = Pick<StagedPart, 'token' | 'bytes'>

/** All objects that an export has staged, at least one. */
export const objectsToCommit = ({
  parts,
  stagedManifest,
}: Pick<StagedExport, 'parts' | 'stagedManifest'>): readonly ObjectToCommit[] =>
  stagedManifest === undefined ? parts : [...parts, stagedManifest]
export type NativeResult = Immutable<v.InferOutput<typeof nativeResult>>
export type JournalStep = Immutable<v.InferOutput<typeof journalStep>>
/** One kind of step. */
export type StepOf<Name extends JournalStep['step']> = Extract<JournalStep, { step: Name }>
