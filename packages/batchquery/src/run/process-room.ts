import { BatchQueryError } from '../errors/index.ts'
import { parameterName } from './parameters.ts'
import { scriptVariableName } from './script-variables.ts'

/** Linux's limit for one variable with its name, or one argument, each with its final NUL: 32 pages. */
const MOST_BYTES = 32 * 4_096

const HINT =
  'Put long values into a file or an object of the store, and pass its name. Or put them into AWS Secrets Manager, and let the script read them.'

/** The arguments and variables of a process. */
export interface ProcessTexts {
  readonly variables: NodeJS.ProcessEnv
  readonly args: readonly string[]
}

/**
 * Checks that a process can start with these texts.
 *
 * @throws USAGE if one is longer than Linux accepts, or contains a NUL
 */
export function checkRoom(texts: ProcessTexts): void {
  for (const { what, text, bytes } of measured(texts)) {
    if (text.includes('\0'))
      throw new BatchQueryError('USAGE', `${what} has a NUL character, which a process cannot receive`, {
        hint: 'Put bytes into a file or an object of the store, and pass its name.',
      })
    if (bytes > MOST_BYTES)
      throw new BatchQueryError(
        'USAGE',
        `${what} has ${bytes} bytes, but the system allows ${MOST_BYTES} (128 KiB) for one variable or argument`,
        { hint: HINT },
      )
  }
}

/** The error if the system refused to start a process because the texts are too large in all; null for any other cause. */
export function explainNoRoom(cause: unknown, program: string, texts: ProcessTexts): BatchQueryError | null {
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'E2BIG')) return null
  const all = measured(texts)
  const sum = all.reduce((bytes, text) => bytes + text.bytes, 0)
  const [largest] = all.toSorted((one, other) => other.bytes - one.bytes)
  const named = largest === undefined ? '' : `, ${largest.bytes} of them in ${largest.what}`
  return new BatchQueryError(
    'USAGE',
    `cannot start ${program} with arguments and variables of ${sum} bytes${named}: the system allows 128 KiB for one, and for all a quarter of the stack's limit (ulimit -s), usually 2 MiB`,
    { cause, hint: HINT },
  )
}

interface Measured {
  /** How messages name it. */
  readonly what: string
  readonly text: string
  readonly bytes: number
}

function measured({ variables, args }: ProcessTexts): Measured[] {
  const bytesOf = (text: string): number => Buffer.byteLength(text) + 1
  return [
    ...Object.entries(variables).flatMap(([name, text]) =>
      text === undefined ? [] : [{ what: shown(name), text, bytes: bytesOf(`${name}=${text}`) }],
    ),
    ...args.map((text, at) => ({ what: `argument ${at + 1}`, text, bytes: bytesOf(text) })),
  ]
}

/** The name that the user gave to it. */
function shown(variable: string): string {
  const parameter = parameterName(variable)
  return parameter === null
    ? `variable ${scriptVariableName(variable) ?? variable}`
    : `parameter ${parameter}`
}
