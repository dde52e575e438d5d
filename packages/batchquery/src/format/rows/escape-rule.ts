export const PLAIN = 0
/** The escape character comes before the byte. */
export const ESCAPED = 1
/** The byte is written twice. */
export const DOUBLED = 2

/** Which bytes of a value change, and how. */
export interface EscapeRule {
  /** PLAIN, ESCAPED or DOUBLED for each of the 256 bytes. */
  readonly marks: Uint8Array
  /** The bytes whose mark is not PLAIN. */
  readonly specials: readonly number[]
  readonly escapedBy: number
  /** What is written after the escape character, for each of the 256 bytes. @default - `ESCAPED_BYTES` */
  readonly written?: Uint8Array
}

/** After the escape character a byte is written as it is, and NUL as the digit zero. */
export const ESCAPED_BYTES: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0 ? 0x30 : byte,
)
