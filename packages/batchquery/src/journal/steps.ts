import * as v from 'valibot'
import { FORMAT_NAMES } from '../format/index.ts'

/*
 * What an export does, as data: the steps that it writes down before it takes them, and what they carry. The schemas are
 * the one definition. What is read from a store, or comes from a script, passes through them.
 */

export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** ISO 8601 in UTC with milliseconds, as Date writes it and in no other way. */
export const time = v.pipe(
  v.string(),
  v.check(text => new Date(text).toJSON() === text, 'Invalid time: expected 2026-11-23T02:15:45.000Z'),
)

export const exportFormat = v.picklist(FORMAT_NAMES)

export const stageToken = v.object({
  kind: v.picklist(['directory', 's3']),
  bucket: v.string(),
  key: v.string(),
  owner: v.string(),
  handle: v.string(),
})

/** A part that is staged: another process can commit it, or remove it, with nothing but this. */
export const stagedPart = v.object({
  uri: v.string(),
  token: stageToken,
  rows: count,
  bytes: count,
  /** The header, as the store has it: so many of the bytes, at the start. */
  headerBytes: count,
  /** Lower-case hexadecimal, of the bytes in the store. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
})

const total = (parts: readonly { rows: number; bytes: number }[], of: 'rows' | 'bytes'): number =>
  parts.reduce((sum, part) => sum + part[of], 0)

/** An export whose every part is staged, and how it will be published. */
export const stagedExport = v.pipe(
  v.object({
    /** The destination as recorded: absolute, without a part's suffix. */
    uri: v.string(),
    format: exportFormat,
    parts: v.pipe(v.array(stagedPart), v.minLength(1)),
    rows: count,
    bytes: count,
    overwrite: v.boolean(),
    /** The manifest's URI, null without MANIFEST ON. */
    manifest: v.nullable(v.string()),
    /** It is the last statement of the task: once it is published, the run has succeeded. */
    isLast: v.boolean(),
  }),
  v.forward(
    v.check(({ parts, rows }) => rows === total(parts, 'rows'), 'Invalid count: not the sum of the parts'),
    ['rows'],
  ),
  v.forward(
    v.check(({ parts, bytes }) => bytes === total(parts, 'bytes'), 'Invalid count: not the sum of the parts'),
    ['bytes'],
  ),
)

/** What a server wrote itself, as the store has it. */
export const nativeResult = v.object({
  uri: v.string(),
  rows: count,
  bytes: count,
  parts: v.array(v.object({ uri: v.string(), bytes: count })),
  /** The manifest's URI, null without MANIFEST ON. */
  manifest: v.nullable(v.string()),
})

const uri = v.string()

/**
 *     streamed   begun ─▶ opened … ─▶ staged ─▶ lock ─▶ committing ─▶ published ─▶ unlock ─▶ cleared
 *                  └──────────┴──────────┴────────────────────────▶ aborted ─────────────────▲
 *     native     lock ─▶ nativeBegun ─▶ nativeDone | aborted ─▶ unlock
 */
export const journalStep = v.variant('step', [
  /** Takes the destination for this run alone. */
  v.object({ step: v.literal('lock'), uri }),
  /** Lets go of the destination, if this run holds it. */
  v.object({ step: v.literal('unlock'), uri }),
  /** Fails if another attempt took over the run, as far as that may have happened. */
  v.object({ step: v.literal('confirm') }),
  /** Something will be staged for this destination. From here on another process can find and remove it. */
  v.object({ step: v.literal('begun'), uri, format: exportFormat }),
  /** A staged object of it has begun; it holds no byte before this is written. */
  v.object({ step: v.literal('opened'), uri, token: stageToken }),
  /** All parts are staged and the counts agree. From here on another process could publish or abort. */
  v.object({ step: v.literal('staged'), export: stagedExport }),
  /** The first commit comes next: from here on only forward. */
  v.object({ step: v.literal('committing'), uri }),
  v.object({ step: v.literal('published'), uri }),
  v.object({ step: v.literal('aborted'), uri }),
  /** Nothing is staged for it any more: all is published, or removed. */
  v.object({ step: v.literal('cleared'), uri }),
  /**
   * The server begins to write there itself, and readers see at once what appears. `since` is a time of the store's clock:
   * what changes at the destination from then on is the server's.
   */
  v.object({
    step: v.literal('nativeBegun'),
    uri,
    format: exportFormat,
    manifest: v.nullable(v.string()),
    since: time,
  }),
  /** The server reported success, and its result was checked: it counts as published. */
  v.object({ step: v.literal('nativeDone'), result: nativeResult }),
])

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T

export type StagedPart = Immutable<v.InferOutput<typeof stagedPart>>
export type StagedExport = Immutable<v.InferOutput<typeof stagedExport>>
export type NativeResult = Immutable<v.InferOutput<typeof nativeResult>>
export type JournalStep = Immutable<v.InferOutput<typeof journalStep>>
/** One kind of step. */
export type StepOf<Name extends JournalStep['step']> = Extract<JournalStep, { step: Name }>
