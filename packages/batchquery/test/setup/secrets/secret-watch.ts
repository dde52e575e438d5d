import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Secret {
  /** A name for messages. */
  readonly name: string
  readonly value: string
}

/**
 * Searches everything that the product writes for the passwords, keys and tokens of a run of the tests. The processes
 * of the run share its folder: each registers its secrets, and records its findings with their places, but never the secret.
 */
export class SecretWatch {
  readonly #secretsFile: string
  readonly #foundFile: string

  constructor(folder: string) {
    this.#secretsFile = join(folder, 'secrets')
    this.#foundFile = join(folder, 'found')
  }

  register(name: string, value: string): void {
    const secret: Secret = { name, value }
    appendFileSync(this.#secretsFile, `${JSON.stringify(secret)}\n`, { mode: 0o600 })
  }

  /** @param where for messages */
  look(where: string, content: string | Uint8Array): void {
    const bytes = Buffer.from(content)
    for (const { name, value } of this.#secrets()) {
      const at = Math.max(...formsOf(value).map(form => bytes.indexOf(form)))
      if (at !== -1) appendFileSync(this.#foundFile, `${name} in ${where}, line ${lineOf(bytes, at)}\n`)
    }
  }

  /** The findings so far, one line each. */
  get found(): readonly string[] {
    return linesOf(this.#foundFile)
  }

  #secrets(): Secret[] {
    return linesOf(this.#secretsFile).map(line => JSON.parse(line))
  }
}

const lineOf = (bytes: Buffer, at: number): number => bytes.subarray(0, at).toString().split('\n').length

/** Unchanged, in the forms of URLs and JSON, in hexadecimal digits, and in Base64, as in headers. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value)
  const base64 = [0, 1, 2].map(offset => innerBase64(bytes, offset))
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
    ...base64,
    ...base64.map(form => form.replaceAll('+', '-').replaceAll('/', '_')),
  ]
}

/** The characters that do not depend on neighbors, if this many bytes precede them beyond whole groups of three. */
function innerBase64(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  return whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
}

function linesOf(file: string): string[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split('\n').slice(0, -1)
}
