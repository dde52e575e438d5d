import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isFormatName } from '../../../../packages/batchquery/dist/format/index.js'
import { BUCKET } from '../../objects.ts'
import type { NodeProgram, Nodes } from '../../process/node-program.ts'
import { programArgv } from '../../process/programs.ts'
import { ourUrl } from '../sources.ts'
import { type Candidate, type Job, s3Credentials } from './candidate.ts'

/** batchquery under each Node. TEXT is the yardstick. */
export function ourCandidates({ measured, zstd }: Nodes): readonly Candidate[] {
  const [main] = measured
  const nodes = [...new Map([main, zstd].map(node => [node.version, node])).values()]
  return [
    ours(main, 'TEXT', 'NONE'),
    // A build without FORMAT JSON is measured as well.
    ...(isFormatName('JSON') ? [ours(main, 'JSON', 'NONE')] : []),
    ...nodes.map(node => ours(node, 'PARQUET', 'SNAPPY')),
    ours(zstd, 'PARQUET', 'ZSTD'),
  ]
}

function ours(node: NodeProgram, format: string, compression: string): Candidate {
  const compressed = compression === 'NONE' ? '' : ` ${compression}`
  return {
    program: 'batchquery',
    settings: `${format}${compressed}, Node ${Number.parseInt(node.version, 10)}`,
    isOurs: true,
    isText: format !== 'PARQUET',
    targets: ['directory', 's3'],
    command: async job => {
      await mkdir(join(job.folder, BUCKET), { recursive: true })
      const argv = programArgv(node.path, 'export', {
        url: ourUrl(job.source),
        query: `SELECT * FROM ${job.table}`,
        store: job.s3 === null ? job.folder : 's3',
        format,
        compression,
        publish: 'yes',
      })
      return { argv, environment: environmentOf(job) }
    },
  }
}

const environmentOf = ({ source, s3 }: Job): NodeJS.ProcessEnv => ({
  MYSQL_PWD: source.server.password,
  PGPASSWORD: source.server.password,
  ...(s3 && {
    ...s3Credentials(s3),
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  }),
})
