import type { Clause } from './clause.ts'
import type { ClauseReader } from './clause-reader.ts'
import { readColumns } from './dataset-clauses.ts'
import { excerpt, syntaxError } from './syntax-error.ts'

/** More readers than that do not help one query, and a server has better use for its sessions. */
const MOST_READERS = 64

/** Redshift's form: there the cluster decides how many sessions write. */
const SWITCHES = ['ON', 'OFF', 'TRUE', 'FALSE', 'YES', 'NO']

/** Null for a number of readers that no export may have. */
export const readersOf = (text: string): number | null => {
  const readers = Number(text)
  return /^\d{1,3}$/.test(text) && readers >= 1 && readers <= MOST_READERS ? readers : null
}

export const PARALLEL_CLAUSE: Clause = {
  name: 'PARALLEL',
  form: 'PARALLEL n [BY (column, ...)] [CONSISTENCY {SNAPSHOT|NONE}]',
  read(reader) {
    const readers = readReaders(reader, this.form)
    const by = reader.accept('BY') ? readColumns(reader, { name: 'BY', form: this.form }) : null
    const consistency = reader.accept('CONSISTENCY')
      ? reader.choose(['SNAPSHOT', 'NONE'], 'CONSISTENCY', this.form, { OFF: 'NONE', ON: 'SNAPSHOT' })
      : 'SNAPSHOT'
    return { parallel: { readers, by, consistency } }
  },
}

function readReaders(reader: ClauseReader, form: string): number {
  const { position, text, keyword } = reader
  const hint = `Write ${form}.`
  if (SWITCHES.includes(keyword))
    throw syntaxError(
      position,
      'a number of readers after PARALLEL',
      excerpt(text),
      `Write how many sessions may read at once, such as PARALLEL 4, or leave the clause out. ${hint}`,
    )
  if (!/^\d+$/.test(text)) throw reader.unexpected('a number of readers after PARALLEL', form)
  reader.take()
  const readers = readersOf(text)
  if (readers !== null) return readers
  throw syntaxError(position, `1 to ${MOST_READERS} readers after PARALLEL`, excerpt(text), hint)
}
