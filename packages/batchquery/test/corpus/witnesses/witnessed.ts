import type { MadeExport } from '../made-export.ts'

/** The rows of an export as a witness wrote them. */
export interface Witnessed {
  /** The line of names; empty without HEADER. */
  readonly header: Buffer
  readonly body: Buffer
  readonly rows: number
}

/** Describes how an export differs from the rows of its witness; null if they are equal. Every part begins with the header. */
export function differenceFrom({ header, body, rows }: Witnessed, made: MadeExport): string | null {
  const bodies = made.parts.map(part => part.subarray(header.length))
  if (made.rows !== rows) return `${made.rows} rows, and not ${rows}`
  for (const part of made.parts)
    if (!part.subarray(0, header.length).equals(header))
      return `a part begins with ${excerpt(part, 0)}, and not with ${excerpt(header, 0)}`
  const whole = Buffer.concat(bodies)
  if (whole.equals(body)) return null
  const at = whole.findIndex((byte, place) => byte !== body[place])
  const place = at < 0 ? whole.length : at
  return `at ${place} it has ${excerpt(whole, place)}, and not ${excerpt(body, place)}`
}

const excerpt = (bytes: Buffer, at: number): string =>
  JSON.stringify(bytes.toString('latin1', Math.max(0, at - 20), at + 40))
