import { afterAll, beforeAll } from 'vitest'
import { TableFiles } from './table-files.ts'
import { Witnesses } from './witness.ts'

interface Fixture {
  readonly files: TableFiles
  readonly witnesses: Witnesses
}

/** Starts the witnesses before the tests of a file, and ends them after these. Returns a function for the tests. */
export function useWitnesses(): () => Fixture {
  let fixture: Fixture | null = null
  beforeAll(async () => {
    fixture = { files: await TableFiles.start(), witnesses: new Witnesses() }
  })
  afterAll(async () => {
    fixture?.witnesses.close()
    await fixture?.files.close()
  })
  return () => {
    if (fixture === null) throw new Error('the witnesses have not started')
    return fixture
  }
}
