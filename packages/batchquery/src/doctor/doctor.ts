import { parseDatabaseUrl } from '../database/url.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Check, Report } from './check.ts'
import { databaseChecks, LOGIN } from './database/checks.ts'
import { checksFromAfar } from './database/from-afar.ts'
import type { Place } from './place.ts'
import { runChecks } from './run-checks.ts'
import { cleaning, storeChecks, WRITE } from './store/checks.ts'
import { Scratch } from './store/scratch.ts'
import { trialExport } from './trial-export.ts'

/**
 * Checks everything that a run needs: its database, its store, and an export of one row from the database to the
 * store. For a run on Fargate it checks what AWS has for it, and everything else as far as this machine can see it.
 * It removes everything that it creates, however it ends. A process that is killed leaves objects under a prefix of
 * their own (`Scratch`).
 *
 * @throws the signal's reason; an error of a check is a report
 */
export async function* lookAt(place: Place, signal: AbortSignal): AsyncGenerator<Report> {
  const { settings, stack, stackError, store, id } = place
  const isElsewhere = settings.engine === 'fargate'
  if (settings.engine === 'container') yield* runChecks(await containerChecksOf(place), signal)
  if (isElsewhere || stack !== null) yield* runChecks(await awsChecksOf(place), signal)
  // Bucket and database would come from the missing stack.
  if (stackError !== null) return
  // A user who starts runs need not have the right to write results.
  const scratch = await Scratch.at(store, settings.bucket, id, isElsewhere ? 'runs' : 'output')
  const checks = [
    ...(isElsewhere ? await checksFromAfar(place, signal) : databaseChecks(place)),
    ...storeChecks(place, scratch),
    ...(isElsewhere ? [notHere] : exportChecks(place, scratch)),
    cleaning(scratch),
  ]
  try {
    yield* runChecks(checks, signal)
  } finally {
    await scratch.clean().catch((thrown: unknown) => {
      // Unless the checks were aborted, the last of them reports the failure.
      if (signal.aborted) place.log.warn(BatchQueryError.from(thrown).message)
    })
  }
}

async function containerChecksOf(place: Place): Promise<readonly Check[]> {
  const { containerChecks } = await import('./container/checks.ts')
  return containerChecks(place)
}

/** Loads the AWS code only if it is needed. */
async function awsChecksOf(place: Place): Promise<readonly Check[]> {
  const { awsChecks } = await import('./aws/checks.ts')
  return awsChecks(place)
}

const notHere: Check = {
  id: 'export',
  what: 'exporting one row, and reading it back',
  needs: [],
  run: async () => ({ skipped: 'the ECS task exports with its own rights; run a small task to check them' }),
}

/** None if the URL of the database cannot be read, because another check has reported that already. */
function exportChecks(place: Place, scratch: Scratch): readonly Check[] {
  try {
    const url = parseDatabaseUrl(place.settings.database)
    return [trialExport({ ...place, url }, scratch, [LOGIN, WRITE])]
  } catch {
    return []
  }
}
