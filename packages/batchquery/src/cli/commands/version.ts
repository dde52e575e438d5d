import { packageVersion } from '../../platform/index.ts'
import type { Command, Execute } from '../command.ts'
import { TALK } from '../options.ts'

export const version: Command = {
  name: 'version',
  operands: [],
  summary: 'print the version',
  description: 'Prints the versions of batchquery, Node and the platform.',
  options: TALK,
  examples: ['version', 'version --json'],
  load: async () => printVersion,
}

const printVersion: Execute = async () => {
  const document = {
    version: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
  const text = `batchquery ${document.version} (node ${document.node}, ${document.platform})`
  return { document, text, exitCode: 0 }
}
