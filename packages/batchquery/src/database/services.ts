import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'
import type { Services } from './dialect.ts'
import { databaseDialect, dialectOfScheme } from './dialects.ts'

interface ServiceUrl {
  readonly url: URL
  readonly services: Services
}

/** Null for a text that is no URL of a dialect with services. */
function parse(text: string): ServiceUrl | null {
  const name = dialectOfScheme(/^[a-z]+(?=:)/i.exec(text)?.[0].toLowerCase() ?? '')
  const dialect = name === null ? null : databaseDialect(name)
  if (dialect === null || dialect.kind === 'embedded' || dialect.services === null) return null
  return URL.canParse(text) ? { url: new URL(text), services: dialect.services } : null
}

/** Whether a URL names a service, whose file must be read before the URL can be used. */
export function namesService(text: string): boolean {
  const parsed = parse(text)
  return parsed?.url.searchParams.has(parsed.services.setting) ?? false
}

/**
 * Completes a URL by the settings of the service that it names (`postgres://?service=NAME`). The settings of the URL have precedence. If
 * the URL names neither a service nor a host, the variable of the database's own tools names the service. Any other text stays as it is.
 *
 * @throws CONFIG
 */
export function withService(text: string, environment: NodeJS.ProcessEnv): string {
  const parsed = parse(text)
  if (parsed === null) return text
  const { url, services } = parsed
  const [named, second] = url.searchParams.getAll(services.setting)
  const isComplete = url.hostname !== '' || url.searchParams.has('socket')
  const name = named ?? (isComplete ? undefined : environment[services.variable] || undefined)
  if (name === undefined) return text
  if (name === '' || name.includes(']') || second !== undefined)
    throw new BatchQueryError('CONFIG', `${quoted(name)} is not a service`, {
      hint: `Write the name of one, as in ${services.setting}=NAME.`,
    })
  return services.complete(url, name, environment)
}
