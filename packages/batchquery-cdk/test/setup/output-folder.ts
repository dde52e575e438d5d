import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** What the AWS CDK writes, removed after the tests: it would leave a folder for each app. */
    readonly cdkOutput: string
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-cdk-'))
  provide('cdkOutput', folder)
  return () => rm(folder, { recursive: true, force: true })
}
