import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import { textRecord } from '../platform/text-record.ts'

const VARIABLE = 'BATCHQUERY_PARAMS'
const schema = v.pipe(v.string(), v.parseJson(), textRecord)

/**
 * The parameters of a run that nobody submitted, which a schedule starts or a plain RunTask: BATCHQUERY_PARAMS, a JSON object of texts.
 *
 * @throws CONFIG
 */
export function givenParameters(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const { success, output } = v.safeParse(schema, environment[VARIABLE] || '{}')
  if (success) return output
  throw new BatchQueryError('CONFIG', `${VARIABLE} is no JSON object of texts`, {
    hint: `Write it as in ${VARIABLE}='{"month":"2026-11"}'.`,
  })
}
