import { FaultProxy } from '../../../packages/batchquery/test/faults/fault-proxy.ts'
import type { Bench } from '../bench.ts'
import { BenchError } from '../bench-error.ts'
import { s3Environment } from '../connections.ts'
import { BUCKET } from '../objects.ts'
import type { NodeProgram, Nodes } from '../process/node-program.ts'
import { programArgv } from '../process/programs.ts'
import { ofReport, readReport } from './measurement.ts'
import type { Measurement, Scenario, Share } from './scenario.ts'

/** The latency of an S3 request from another availability zone, or with TLS to a new connection. */
const REQUEST_MS = 30
const REQUESTS_FOR_A_PART = 4
/** The requests that occur once, or once for each page of a listing. */
const OTHER_REQUESTS = 30
const SMOKE_PARTS = 40

/** From the first request of a publication to the last, each with a latency of 30 ms. */
export const publicationScenarios = ({ measured }: Nodes): readonly Scenario[] =>
  measured.flatMap(node => [publication(node, 1_000, 'some rounds'), publication(node, 10_000, 'one round')])

const publication = (node: NodeProgram, parts: number, share: Share): Scenario => ({
  id: `publication/${parts}`,
  title: `${parts.toLocaleString('en-US')} parts`,
  family: 'publication',
  share,
  node: node.version,
  // There is no query, because the program stages the parts.
  subjects: ['one-row'],
  programs: [],
  run: async bench => {
    try {
      return await publish(bench, node, bench.smoke ? SMOKE_PARTS : parts)
    } finally {
      for (let remaining = parts; remaining > 0; remaining -= 1_000) await bench.objects.clear()
      await bench.clearObjects()
    }
  },
})

async function publish(bench: Bench, { path }: NodeProgram, parts: number): Promise<Measurement> {
  const { endpoint } = bench.servers.s3
  const proxy = await FaultProxy.start({ upstream: endpoint })
  try {
    proxy.fail({ fault: { kind: 'delay', ms: REQUEST_MS } })
    const options = { bucket: BUCKET, parts: `${parts}`, endpoint, way: proxy.endpoint }
    const usage = await bench.measure({
      argv: programArgv(path, 'publish', options),
      environment: s3Environment(bench.servers.s3),
    })
    const requests = proxy.requests.length
    if (requests > REQUESTS_FOR_A_PART * parts + OTHER_REQUESTS)
      throw new BenchError(`${requests} requests were sent to publish ${parts} parts`)
    return ofReport(usage, readReport(usage))
  } finally {
    await proxy.stop()
  }
}
