import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The output folder of the AWS CDK, removed after the tests, because otherwise each app leaves a folder. */
    readonly cdkOutput: string
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-cdk-'))
  provide('cdkOutput', folder)
  return () => rm(folder, { recursive: true, force: true })
}
