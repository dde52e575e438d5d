import type { Server } from 'node:net'
import { FaultProxy } from '../faults/fault-proxy.ts'
import { checksums, conditionalComplete } from '../faults/s3-manners.ts'
import { TcpProxy } from '../faults/tcp-proxy.ts'
import type { S3Server } from '../setup/radosgw.ts'
import type { Subject } from './subject.ts'
import type { World } from './world.ts'

/**
 * The link between the runner and radosgw:
 *
 * - http: a proxy that sees requests in clear text; radosgw checks their signed bodies
 * - https: a proxy that ends TLS, and checks x-amz-checksum-crc32 as the real S3 does
 * - tls: a proxy that sees only the encrypted bytes of connections
 */
export type Link = 'http' | 'https' | 'tls'

/** The proxies of one trial. */
export interface Network {
  readonly database: TcpProxy | null
  /** The proxy of the links http and https. */
  readonly requests: FaultProxy | null
  /** The proxy of the link tls. */
  readonly bytes: TcpProxy | null
  /** The variables of the SDK with which the runner finds S3. */
  readonly environment: Readonly<Record<string, string>>
  /** Ends all faults. */
  heal(): void
  stop(): Promise<void>
}

/** @param link null for a store in a directory @param listening replaces the database's address @default - on the loopback interface */
export async function openNetwork(
  world: World,
  { address }: Subject,
  link: Link | null,
  listening?: Server,
): Promise<Network> {
  const database = address === null ? null : await TcpProxy.start(address, listening)
  const requests = link === 'http' || link === 'https' ? await requestsProxy(world, link) : null
  const bytes = link === 'tls' ? await TcpProxy.start(secureAddress(world.servers.s3)) : null
  const endpoint = requests?.endpoint ?? (bytes === null ? null : `https://localhost:${bytes.port}`)
  return {
    database,
    requests,
    bytes,
    environment: endpoint === null || link === null ? {} : s3Environment(world, endpoint, link),
    heal() {
      database?.heal()
      bytes?.heal()
      requests?.reset()
    },
    async stop() {
      await Promise.all([database?.stop(), requests?.stop(), bytes?.stop()])
    },
  }
}

function requestsProxy({ servers, s3, certificate }: World, link: 'http' | 'https'): Promise<FaultProxy> {
  const upstream = servers.s3.endpoint
  if (link === 'http') return FaultProxy.start({ upstream })
  const exists = ({ bucket, key }: { bucket: string; key: string }) =>
    s3.headObject({ Bucket: bucket, Key: key }).then(
      () => true,
      () => false,
    )
  return FaultProxy.start({ upstream, tls: certificate, manners: [checksums(), conditionalComplete(exists)] })
}

function s3Environment(
  { servers, certificate }: World,
  endpoint: string,
  link: Link,
): Record<string, string> {
  const { region, accessKeyId, secretAccessKey, caFile } = servers.s3
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    NODE_EXTRA_CA_CERTS: link === 'https' ? certificate.caFile : caFile,
  }
}

function secureAddress({ secureEndpoint }: S3Server): { host: string; port: number } {
  const { hostname, port } = new URL(secureEndpoint)
  return { host: hostname, port: Number(port) }
}
