import type { EmbeddedDialect } from '../../../../src/database/dialect.ts'

const load = () => Promise.reject(new Error('there is no driver'))

/** The database of a dialect that does not exist: it has no driver, so no program can open it. */
export const TOY: EmbeddedDialect = {
  kind: 'embedded',
  schemes: ['toy'],
  example: 'toy:path',
  product: 'Toy',
  inMemory: ':none:',
  nameIn: text => text,
  cancelEnds: 'statement',
  native: null,
  load,
  tables: load,
  parallelReads: null,
  estimate: load,
  open: load,
}
