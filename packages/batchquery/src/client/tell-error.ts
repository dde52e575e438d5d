import type { Log } from '../platform/index.ts'

/** An error for people, in the form in which the runner tells its own. */
export function tellError(
  { message, hint }: { readonly message: string; readonly hint: string | null },
  log: Log,
): void {
  log.error(message)
  if (hint !== null) log.info(`hint: ${hint}`)
}
