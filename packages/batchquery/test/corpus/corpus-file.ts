import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What is known of one export. */
export interface CorpusLine {
  readonly id: string
  /** Lower-case hexadecimal, of all parts one after the other, decompressed. */
  readonly sha256: string
  readonly rows: number
  /** The sizes of the parts, decompressed. */
  readonly parts: readonly number[]
  readonly witness: string
}

export interface CorpusFile {
  /** The servers that the bytes were made with, such as `MariaDB 10.11`. */
  readonly servers: readonly string[]
  readonly lines: readonly CorpusLine[]
}

const PATH = join(import.meta.dirname, 'corpus.tsv')

/** The servers are in the first line; every other one is of an export, in the order of their ids. */
export async function readCorpus(): Promise<CorpusFile> {
  const [first = '', ...others] = (await readFile(PATH, 'utf8')).trimEnd().split('\n')
  const lines = others.map(line => {
    const [id = '', sha256 = '', rows = '', parts = '', witness = ''] = line.split('\t')
    return { id, sha256, rows: Number(rows), parts: parts.split('+').map(Number), witness }
  })
  return { servers: first.split('\t'), lines }
}

export async function writeCorpus({ servers, lines }: CorpusFile): Promise<void> {
  const written = lines
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, sha256, rows, parts, witness }) => [id, sha256, rows, parts.join('+'), witness].join('\t'))
  await writeFile(PATH, `${[servers.join('\t'), ...written].join('\n')}\n`)
}
