import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import { textRecord } from '../platform/text-record.ts'

const VARIABLE = 'BATCHQUERY_PARAMS'
/** So many digits every number of JSON keeps. */
const KEPT_DIGITS = 15

/** Numbers and booleans as the texts that JSON has for them: a state machine has no texts of its own to give. */
const asTexts = v.transform((value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, isPlain(item) ? String(item) : item]),
      )
    : value,
)
const schema = v.pipe(v.string(), v.parseJson(), v.unknown(), asTexts, textRecord)

/** One with more digits has been rounded by now. */
const isPlain = (item: unknown): boolean =>
  typeof item === 'boolean' ||
  (typeof item === 'number' && /^-?[\d.]+$/.test(String(item)) && digits(item) <= KEPT_DIGITS)

const digits = (number: number): number => String(number).replace(/[^\d]/g, '').length

/**
 * The parameters of a run without a submitter, which a schedule starts or a plain RunTask: BATCHQUERY_PARAMS, a JSON object of texts,
 * numbers and booleans.
 *
 * @throws CONFIG
 */
export function givenParameters(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const { success, output, issues } = v.safeParse(schema, environment[VARIABLE] || '{}')
  if (success) return output
  const [name] = issues[0].path ?? []
  // The value may be a secret that does not belong here.
  const why =
    name === undefined
      ? 'is no JSON object of texts, numbers and booleans'
      : `has a value for ${String(name.key)} that is no text, boolean or number of at most ${KEPT_DIGITS} digits`
  throw new BatchQueryError('CONFIG', `${VARIABLE} ${why}`, {
    hint: `Write it as in ${VARIABLE}='{"month":"2026-11","rows":10}', and longer numbers as texts.`,
  })
}
