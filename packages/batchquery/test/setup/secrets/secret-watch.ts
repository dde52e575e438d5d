import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Secret {
  /** What it is, for people. */
  readonly name: string
  readonly value: string
}

/**
 * Looks for the passwords, keys and tokens of a run of the tests in all that the product writes. Its folder is shared by
 * the processes of the run: each registers what it uses, and writes down what it finds and where, never the secret.
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

  /** @param where for people */
  look(where: string, content: string | Uint8Array): void {
    const bytes = Buffer.from(content)
    for (const { name, value } of this.#secrets()) {
      const at = Math.max(...formsOf(value).map(form => bytes.indexOf(form)))
      if (at !== -1) appendFileSync(this.#foundFile, `${name} in ${where}, line ${lineOf(bytes, at)}\n`)
    }
  }

  /** What was found so far, a line each. */
  get found(): readonly string[] {
    return linesOf(this.#foundFile)
  }

  #secrets(): Secret[] {
    return linesOf(this.#secretsFile).map(line => JSON.parse(line))
  }
}

const lineOf = (bytes: Buffer, at: number): number => bytes.subarray(0, at).toString().split('\n').length

/** As it is, as URLs and JSON have it, in hexadecimal digits, and in Base64, as headers may carry it. */
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

/** The characters that no neighbour has a part in, behind so many bytes more than whole groups of three. */
function innerBase64(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  return whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
}

function linesOf(file: string): string[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split('\n').slice(0, -1)
}
