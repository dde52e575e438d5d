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
    const found = this.#secrets().filter(({ value }) => formsOf(value).some(form => bytes.includes(form)))
    for (const { name } of found) appendFileSync(this.#foundFile, `${name} in ${where}\n`)
  }

  /** What was found so far, a line each. */
  get found(): readonly string[] {
    return linesOf(this.#foundFile)
  }

  #secrets(): Secret[] {
    return linesOf(this.#secretsFile).map(line => JSON.parse(line))
  }
}

/** As it is, as URLs and JSON have it, and as headers may carry it. */
function formsOf(value: string): string[] {
  const base64 = Buffer.from(value).toString('base64')
  return [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), base64]
}

function linesOf(file: string): string[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split('\n').slice(0, -1)
}
