import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The programs of the bench itself, which the setup compiles, so that no TypeScript loader affects the figures. */
const COMPILED = fileURLToPath(new URL('../../dist/programs/', import.meta.url))

export type ProgramName =
  | 'export'
  | 'publish'
  | 'discard-mysql'
  | 'discard-postgres'
  | 'mysql2-tsv'
  | 'mariadb-tsv'
  | 'upload-stdin'
  | 'pg-copy-streams'
  | 'duckdb-statements'
  | 'read-parquet'

export const programPath = (name: ProgramName): string => join(COMPILED, `${name}.js`)

/** The command line of one of these programs, with its options. */
export function programArgv(
  node: string,
  name: ProgramName,
  options: Readonly<Record<string, string>>,
): readonly string[] {
  return [
    node,
    programPath(name),
    ...Object.entries(options).map(([option, value]) => `--${option}=${value}`),
  ]
}

/** The programs that are not in PATH. */
export async function missingPrograms(names: Iterable<string>): Promise<readonly string[]> {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const missing: string[] = []
  for (const name of new Set(names)) {
    const checks = folders.map(folder => access(join(folder, name), constants.X_OK))
    if (!(await Promise.allSettled(checks)).some(check => check.status === 'fulfilled')) missing.push(name)
  }
  return missing
}
