import { AwsFailure } from '../../aws/index.ts'
import { type Doing, requestPatiently } from '../../engine/fargate/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { DoesNotApply } from '../check.ts'

/** Few, because a person waits for the answer. */
const ATTEMPTS = 3

/** @throws as `requestPatiently` */
export const ask = <T>(doing: Doing, send: () => Promise<T>): Promise<T> =>
  requestPatiently(doing, send, ATTEMPTS)

/** The name of AWS's exception that caused an error. Null if none did. */
export function failureCode(thrown: unknown): string | null {
  const { cause } = BatchQueryError.from(thrown)
  return cause instanceof AwsFailure ? cause.code : null
}

/** Skips a look that the caller may not take. A run does not need these rights. */
export async function unlessForbidden<T>(look: () => Promise<T>): Promise<T | DoesNotApply> {
  try {
    return await look()
  } catch (thrown) {
    const { code, message, hint } = BatchQueryError.from(thrown)
    if (code === 'PERMISSION') return { skipped: `${message}. ${hint}` }
    throw thrown
  }
}

export const broken = (message: string, hint: string): BatchQueryError =>
  new BatchQueryError('CONFIG', message, { hint })
