import type { ConfigFile } from './parse-config-file.ts'
import type { Flags } from './settings.ts'

/** Where each setting came from, for people: an option, a variable, the path of a file, or `default`. */
export interface SettingSources {
  readonly store: string
  readonly bucket: string
  readonly database: string
}

/** In the order of `readSettings`. */
export function settingSources(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  file: ConfigFile | null,
): SettingSources {
  const sourceOf = (name: keyof SettingSources, option: string, variable: string): string => {
    if (flags[name] !== undefined) return option
    if (environment[variable]) return variable
    return file?.[name] === undefined ? 'default' : file.path
  }
  return {
    store: sourceOf('store', '--store', 'BATCHQUERY_STORE'),
    bucket: sourceOf('bucket', '--bucket', 'BATCHQUERY_BUCKET'),
    database: sourceOf('database', '--database', 'BATCHQUERY_DATABASE'),
  }
}
