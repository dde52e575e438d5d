import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import { textRecord } from '../platform/text-record.ts'

const VARIABLE = 'BATCHQUERY_PARAMS'
/** JSON keeps up to this many digits of a number. */
const KEPT_DIGITS = 15

/** Converts numbers and booleans to their JSON text, because a state machine cannot convert them itself. */
const asTexts = v.transform((value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, isPlain(item) ? String(item) : item]),
      )
    : value,
)
const schema = v.pipe(v.string(), v.parseJson(), v.unknown(), asTexts, textRecord)

/** Whether a value is a boolean or an exact number. A number with more digits was rounded when the JSON was parsed. */
const isPlain = (item: unknown): boolean =>
  typeof item === 'boolean' ||
  (typeof item === 'number' && /^-?[\d.]+$/.test(String(item)) && digits(item) <= KEPT_DIGITS)

const digits = (number: number): number => String(number).replace(/[^\d]/g, '').length

/**
 * Reads the parameters of a run that a schedule or a plain RunTask started, without a submitter: BATCHQUERY_PARAMS, a JSON object of
 * texts, numbers and booleans.
 *
 * @throws CONFIG
 */
export function givenParameters(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const { success, output, issues } = v.safeParse(schema, environment[VARIABLE] || '{}')
  if (success) return output
  const [name] = issues[0].path ?? []
  // The message must not show the value, which may be a secret.
  const why =
    name === undefined
      ? 'is not a JSON object of texts, numbers and booleans'
      : `has a value for ${String(name.key)} that is not a text, a boolean or a number of at most ${KEPT_DIGITS} digits`
  throw new BatchQueryError('CONFIG', `${VARIABLE} ${why}`, {
    hint: `Write it as in ${VARIABLE}='{"month":"2026-11","rows":10}', and write longer numbers as texts.`,
  })
}
