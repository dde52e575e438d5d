import type { ConfigFile } from './parse-config-file.ts'
import { type Flags, layersOf, type StackLayer } from './settings.ts'

/** Where each setting came from, for people: an option, a variable, the path of a file, a stack, or `default`. */
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
  stack: StackLayer | null = null,
): SettingSources {
  const layers = layersOf(file, stack)
  const sourceOf = (name: keyof SettingSources, option: string, variable: string): string => {
    if (flags[name] !== undefined) return option
    if (environment[variable]) return variable
    const layer = layers.find(each => each[name] !== undefined)
    return layer === undefined ? 'default' : layer === stack?.settings ? `stack ${stack.name}` : layer.path
  }
  return {
    store: sourceOf('store', '--store', 'BATCHQUERY_STORE'),
    bucket: sourceOf('bucket', '--bucket', 'BATCHQUERY_BUCKET'),
    database: sourceOf('database', '--database', 'BATCHQUERY_DATABASE'),
  }
}
