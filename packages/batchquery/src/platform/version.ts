import { readFileSync } from 'node:fs'
import { packageFile } from './package-file.ts'

/** The version of this package, for instance `0.1.0`. */
export function packageVersion(): string {
  const document: unknown = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))
  const isManifest = (value: unknown): value is { version: string } =>
    typeof value === 'object' && value !== null && 'version' in value && typeof value.version === 'string'
  return isManifest(document) ? document.version : 'unknown'
}
