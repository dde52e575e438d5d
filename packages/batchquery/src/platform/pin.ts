import { BatchQueryError } from '../errors/index.ts'

/** The SHA-256 of `sha256:HEX`, in lower-case hex. @throws USAGE */
export function parsePin(text: string): string {
  const [, hex] = /^sha256:([0-9a-f]{64})$/i.exec(text) ?? []
  if (hex !== undefined) return hex.toLowerCase()
  throw new BatchQueryError('USAGE', `the pin ${JSON.stringify(text.slice(0, 100))} is not a SHA-256`, {
    hint: 'Write sha256: and 64 hexadecimal digits. `sha256sum FILE` and `put --json` print them.',
  })
}
