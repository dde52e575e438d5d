import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Template } from 'aws-cdk-lib/assertions'
import { readAppConfig } from '../../src/app/config.ts'
import { createStack } from '../../src/app/stack.ts'
import { newApp } from '../construct/stacks.ts'

/** The template of the file. */
export function templateOf(yaml: string): Template {
  const folder = mkdtempSync(join(tmpdir(), 'batchquery-cdk-file-'))
  try {
    const path = join(folder, 'batchquery.yaml')
    writeFileSync(path, yaml)
    return Template.fromStack(createStack(newApp(), readAppConfig(path)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
