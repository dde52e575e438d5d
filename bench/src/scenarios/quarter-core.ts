import { type Limits, makeLimits } from '../process/limits.ts'
import type { NodeProgram, Nodes } from '../process/node-program.ts'
import { QUARTER } from '../quarter.ts'
import { measureExport } from './batchquery-export.ts'
import { measureClientUpload } from './mariadb-client.ts'
import type { Measurement, Scenario } from './scenario.ts'

/** Only the client, with a quarter of a core and 512 MB. */
export function quarterCoreScenarios({ measured: [node] }: Nodes): readonly Scenario[] {
  return [
    ours('directory', 'batchquery to a directory', node),
    ours('s3', 'batchquery to S3', node),
    {
      ...common('mariadb-client-s3', '`mariadb --quick --batch`, SDK upload to S3'),
      node: null,
      programs: ['mariadb'],
      run: (bench, subject) => limited(limits => measureClientUpload(bench, subject, limits)),
    },
  ]
}

function ours(target: 'directory' | 's3', title: string, node: NodeProgram): Scenario {
  return {
    ...common(`batchquery-${target}`, title),
    node: node.version,
    run: (bench, subject) =>
      limited(limits =>
        measureExport(bench, subject, { node, target, format: 'TEXT', compression: 'NONE', limits }),
      ),
  }
}

function common(name: string, title: string) {
  return {
    id: `quarter/${name}`,
    title,
    family: 'quarter',
    share: 'one round',
    subjects: ['narrow-slice', 'wide-slice'],
    programs: [],
  } as const
}

async function limited(work: (limits: Limits) => Promise<Measurement>): Promise<Measurement> {
  const limits = await makeLimits(`batchquery-bench-${process.pid}`, QUARTER)
  try {
    return await work(limits)
  } finally {
    await limits.remove()
  }
}
