import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'

const ROOT = join(import.meta.dirname, '../../../..')

export type PackageName = 'batchquery' | 'batchquery-cdk'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The path of each package's tarball. */
    tarballs: Readonly<Record<PackageName, string>>
  }
}

/** Packs both packages, as `npm publish` does. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-package-'))
  const pack = async (name: PackageName): Promise<string> => {
    const args = ['pack', '--silent', '--workspace', name, '--pack-destination', folder]
    const { stdout } = await execa('npm', args, { cwd: ROOT })
    return join(folder, stdout)
  }
  // One after the other, because the first one may have to build both.
  const batchquery = await pack('batchquery')
  project.provide('tarballs', { batchquery, 'batchquery-cdk': await pack('batchquery-cdk') })
  return () => rm(folder, { recursive: true, force: true })
}
