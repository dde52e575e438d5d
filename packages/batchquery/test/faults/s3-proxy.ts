import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { makeCertificates } from '../setup/certificates.ts'
import { adminClient } from '../setup/s3-client.ts'
import { FaultProxy, type FaultProxyOptions, type Manner } from './fault-proxy.ts'
import { checksums, conditionalComplete } from './s3-manners.ts'

/**
 * The tests' S3 server with the behavior of the real S3 that it lacks, and more on demand, for the rest of a test
 * file.
 */
export async function s3Proxy(
  manners: readonly Manner[] = [],
  tls?: FaultProxyOptions['tls'],
): Promise<FaultProxy> {
  const upstream = inject('s3').endpoint
  const admin = adminClient()
  const exists = async ({ bucket, key }: { bucket: string; key: string }) =>
    admin.headObject({ Bucket: bucket, Key: key }).then(
      () => true,
      () => false,
    )
  const proxy = await FaultProxy.start({
    upstream,
    manners: [...manners, checksums(), conditionalComplete(exists)],
    ...(tls === undefined ? {} : { tls }),
  })
  afterAll(() => proxy.stop())
  return proxy
}

/** The same over https, with a certificate whose authority is `ca`. */
export async function secureS3Proxy(): Promise<{ readonly proxy: FaultProxy; readonly ca: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-proxy-'))
  const { certFile, keyFile, caFile } = await makeCertificates(join(folder, 'tls'))
  const [cert, key, ca] = await Promise.all([certFile, keyFile, caFile].map(file => readFile(file, 'utf8')))
  await rm(folder, { recursive: true })
  if (cert === undefined || key === undefined || ca === undefined) throw new Error('no certificate')
  return { proxy: await s3Proxy([], { cert, key }), ca }
}
