/** The exact type of a column's values. A format of typed columns writes each value as this type, or fails. */
export type ExactType =
  | FlatType
  /** Values of one type; an element may be NULL. */
  | { readonly kind: 'list'; readonly element: FlatType }

/** A type whose values have no parts. `time` is microseconds of a day. */
export type FlatType =
  | {
      readonly kind: 'bool' | 'float' | 'double' | 'date' | 'time' | 'string' | 'json' | 'uuid' | 'bytes'
    }
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  /** Precision 1 to 38. */
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** Microseconds since 1970, of UTC or of an unnamed local clock. */
  | { readonly kind: 'timestamp'; readonly utc: boolean }

/**
 * How a driver passes a value on. `text` is the form of MySQL's text protocol and of COPY text after the escapes are gone.
 * `raw` is the bytes themselves, `base64` their base64. `epoch` is the count of days (of a date) or microseconds (of a
 * timestamp) since 1970 in digits, or text with no such count, for errors. `hex` is the digits of the bytes, two for each. The others up to
 * `array` are PostgreSQL's binary forms, and those from `le8` on are MySQL's: little-endian integers of 8 to 64 bits, signed as the
 * column's own type is, floating point, and the fields of dates and times.
 */
export type WireForm =
  | 'text'
  | 'raw'
  | 'base64'
  | 'epoch'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'float4'
  | 'float8'
  | 'boolean'
  | 'numeric'
  | 'date'
  | 'timestamp'
  | 'uuid'
  | 'jsonb'
  | 'hex'
  | 'array'
  | 'vector'
  | 'le8'
  | 'le16'
  | 'le32'
  | 'le64'
  | 'leFloat'
  | 'leDouble'
  | 'leDate'
  | 'leTime'

/** Converts text of one character set to UTF-8. */
export interface Transcoder {
  /** The name of the character set, for errors. */
  readonly characterSet: string
  /** Whether text that has only bytes below 0x80 is ASCII, so that it is UTF-8 already. */
  readonly keepsAscii: boolean
  /** The most bytes of UTF-8 that one byte of the source becomes; with `keepsAscii`, one byte from 0x80 on. */
  readonly growth: number
  /**
   * Writes the bytes from `start` to `end` in UTF-8 at `at`. Returns the end of what it wrote, or -1 - p if the character at
   * the place p of the source is not valid or has no counterpart.
   */
  convert(source: Buffer, start: number, end: number, out: Buffer, at: number): number
}

/** The type of a column, and how its values arrive. */
export interface ExactColumn {
  readonly type: ExactType
  /** The type of the column in the database, if TYPES asks for another one: then a value may not fit. @default - `type` */
  readonly source?: ExactType
  /** TYPES asks for NOT NULL: a NULL fails the export. @default false */
  readonly isRequired?: boolean
  readonly wire: WireForm
  /** For a list: the type of its elements, and how each of them arrives within a value. */
  readonly element?: ExactColumn
  /**
   * For a UTC timestamp whose text has no offset: how many seconds a local clock is ahead of UTC when it shows
   * `localSeconds` since 1970. NaN if the clock shows that time twice or never. @default - such a text is UTC
   */
  readonly offsetAt?: (localSeconds: number) => number
  /** For text. @default - it is UTF-8 */
  readonly transcoder?: Transcoder
  /**
   * For MySQL's binary forms: how many digits the server prints after the point, of the seconds or of a floating-point number.
   * @default - as many as the value needs
   */
  readonly decimals?: number
  /** For MySQL's binary forms: the server prints zeros before a number until it has so many characters. @default 0 */
  readonly leastCharacters?: number
}
