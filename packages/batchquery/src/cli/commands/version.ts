import { packageVersion } from '../../platform/index.ts'
import type { Command, Execute } from '../command.ts'
import { TALK } from '../options.ts'

export const version: Command = {
  name: 'version',
  operands: [],
  summary: 'print the version',
  description: 'Prints the version of batchquery and of what it runs on.',
  options: TALK,
  examples: ['version', 'version --json'],
  load: async () => tellVersion,
}

const tellVersion: Execute = async () => {
  const document = {
    version: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
  const text = `batchquery ${document.version} (node ${document.node}, ${document.platform})`
  return { document, text, exitCode: 0 }
}
