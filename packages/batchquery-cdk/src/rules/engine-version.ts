import type { ServerDialect } from '../databases/url.ts'

const PATTERNS: Readonly<Record<ServerDialect, RegExp>> = {
  mysql: /^3\.\d{2}\.\d{1,2}$/,
  postgres: /^\d{2}\.\d{1,2}$/,
}
/** The defaults of `engineVersion`. Both versions can write to S3 themselves. */
export const DEFAULT_VERSIONS: Readonly<Record<ServerDialect, string>> = { mysql: '3.10.1', postgres: '17.5' }

/** Why it is no version, as a part of a sentence. Null for a possible version; only Aurora knows which ones exist. */
export const versionFault = (dialect: ServerDialect, version: string): string | null =>
  PATTERNS[dialect].test(version)
    ? null
    : `${JSON.stringify(version)} is not a version of Aurora. Write it as in ${JSON.stringify(DEFAULT_VERSIONS[dialect])}`
