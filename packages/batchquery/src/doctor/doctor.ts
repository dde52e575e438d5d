import { parseDatabaseUrl } from '../database/url.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Check, Report } from './check.ts'
import { databaseChecks, LOGIN } from './database/checks.ts'
import type { Place } from './place.ts'
import { runChecks } from './run-checks.ts'
import { cleaning, storeChecks, WRITE } from './store/checks.ts'
import { Scratch } from './store/scratch.ts'
import { trialExport } from './trial-export.ts'

/**
 * Looks at all that a run needs: its database, its store, and an export of one row from the one to the other. Nothing
 * that it begins outlives it, however it ends; a process that is killed leaves objects under `output/<id>/`.
 *
 * @throws the signal's reason; what cannot be checked is a report
 */
export async function* lookAt(place: Place, signal: AbortSignal): AsyncGenerator<Report> {
  const scratch = await Scratch.at(place.store, place.settings.bucket, place.id)
  const checks = [
    ...databaseChecks(place),
    ...storeChecks(place, scratch),
    ...exportChecks(place, scratch),
    cleaning(scratch),
  ]
  try {
    yield* runChecks(checks, signal)
  } finally {
    await scratch.clean().catch((thrown: unknown) => {
      // Where the checks came to their end it is told by the last of them.
      if (signal.aborted) place.log.warn(BatchQueryError.from(thrown).message)
    })
  }
}

/** None where the URL of the database cannot be read: that has failed already. */
function exportChecks(place: Place, scratch: Scratch): readonly Check[] {
  try {
    const url = parseDatabaseUrl(place.settings.database)
    return [trialExport({ ...place, url }, scratch, [LOGIN, WRITE])]
  } catch {
    return []
  }
}
