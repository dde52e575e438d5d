import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeCertificates } from './certificates.ts'
import { freePort, ServerFolder } from './server-folder.ts'

const run = promisify(execFile)

/** How tests reach the S3 server of this run: `inject('s3')`. */
export interface S3Server {
  /** Over http. */
  readonly endpoint: string
  /** Over https. */
  readonly secureEndpoint: string
  /** The authority that signed the server's certificate, in PEM. */
  readonly caFile: string
  readonly region: string
  /** A user with all rights, and with the right to take the role. */
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** A role with all rights on buckets and objects. Its users restrict them. */
  readonly roleArn: string
  /** A key for SSE-KMS. */
  readonly kmsKeyId: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    s3: S3Server
  }
}

export interface RunningS3 {
  readonly server: S3Server
  /** Frees the memory of deleted objects now instead of later. */
  collectGarbage(): Promise<void>
  stop(): Promise<void>
}

export interface S3Options {
  /** The memory of our own server for objects, deleted ones included. @default 4 GiB */
  readonly capacityBytes?: number
}

/** Starts our own radosgw, or uses the server whose URL is in BATCHQUERY_TEST_S3_URL. */
export async function startS3({ capacityBytes = 4 * 1024 ** 3 }: S3Options = {}): Promise<RunningS3> {
  const url = process.env.BATCHQUERY_TEST_S3_URL
  if (url) return { server: parseServerUrl(url), collectGarbage: async () => {}, stop: async () => {} }
  const folder = await ServerFolder.create()
  try {
    const server = await startIn(folder, capacityBytes)
    const collectGarbage = async () => {
      await administer(folder, 'gc', 'process', '--include-all')
    }
    return { server, collectGarbage, stop: () => folder.close() }
  } catch (error) {
    await folder.close()
    throw error
  }
}

/**
 * `http://accessKeyId:secretAccessKey@host:port?secureEndpoint=https://host:port&caFile=/path&region=...&roleArn=...&kmsKeyId=...`,
 * with every part. A test that cannot reach its server fails and is not skipped.
 */
export function parseServerUrl(text: string): S3Server {
  const url = new URL(text)
  const need = (name: string, value: string | null): string => {
    if (value) return value
    throw new Error(`test setup: BATCHQUERY_TEST_S3_URL has no ${name}`)
  }
  const parameter = (name: string) => need(name, url.searchParams.get(name))
  return {
    endpoint: `${url.protocol}//${need('host', url.host)}`,
    secureEndpoint: parameter('secureEndpoint'),
    caFile: parameter('caFile'),
    region: parameter('region'),
    accessKeyId: need('access key', decodeURIComponent(url.username)),
    secretAccessKey: need('secret key', decodeURIComponent(url.password)),
    roleArn: parameter('roleArn'),
    kmsKeyId: parameter('kmsKeyId'),
  }
}

const ROLE = 'BatchqueryTest'
const KMS_KEY = 'batchquery-test-key'

/**
 * The smallest cluster that a radosgw runs on: one monitor and one OSD that keeps its objects in memory.
 * https://docs.ceph.com/en/pacific/install/manual-deployment/
 */
async function startIn(folder: ServerFolder, capacityBytes: number): Promise<S3Server> {
  const path = (name: string) => join(folder.path, name)
  const certificates = await makeCertificates(path('tls'))
  const [monitorPort, httpPort, httpsPort] = await Promise.all([freePort(), freePort(), freePort()])
  const ports = { monitor: monitorPort, http: httpPort, https: httpsPort }
  const server: S3Server = {
    endpoint: `http://localhost:${ports.http}`,
    secureEndpoint: `https://localhost:${ports.https}`,
    caFile: certificates.caFile,
    region: 'us-east-1',
    accessKeyId: 'BATCHQUERYTEST',
    secretAccessKey: randomUUID(),
    roleArn: `arn:aws:iam:::role/${ROLE}`,
    kmsKeyId: KMS_KEY,
  }
  const clusterId = randomUUID()
  for (const name of ['mon', 'osd', 'rgw']) await mkdir(path(name))
  await writeFile(path('ceph.conf'), cephConf(folder.path, clusterId, ports, capacityBytes))
  const conf = ['-c', path('ceph.conf')]

  const address = ['--addv', 'a', `[v2:127.0.0.1:${ports.monitor}]`]
  await run('monmaptool', ['--create', ...address, '--fsid', clusterId, path('monmap')])
  await run('ceph-mon', [...conf, '--mkfs', '-i', 'a', '--monmap', path('monmap')])
  folder.start('mon', 'ceph-mon', [...conf, '-f', '-i', 'a'])

  // The OSD starts only with the id that the monitor knows.
  const osdId = randomUUID()
  await run('ceph', [...conf, 'osd', 'new', osdId])
  await Promise.all([
    run('ceph-osd', [...conf, '-i', '0', '--mkfs', '--osd-uuid', osdId]),
    run('ceph', [...conf, 'osd', 'crush', 'add', 'osd.0', '1.0', 'root=default']),
  ])
  folder.start('osd', 'ceph-osd', [...conf, '-f', '-i', '0'])
  folder.start('rgw', 'radosgw', [...conf, '-f', '-n', 'client.rgw'])
  await makeUserAndRole(server, folder)
  await folder.waitUntilReady('rgw', () => fetch(server.endpoint))
  return server
}

const administer = (folder: ServerFolder, ...args: string[]) =>
  run('radosgw-admin', ['-c', join(folder.path, 'ceph.conf'), '-n', 'client.rgw', ...args])

async function makeUserAndRole(server: S3Server, folder: ServerFolder): Promise<void> {
  const admin = (...args: string[]) => administer(folder, ...args)
  const { accessKeyId, secretAccessKey } = server
  const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`]
  const mayTakeRole = policy({ Principal: { AWS: ['arn:aws:iam:::user/test'] }, Action: ['sts:AssumeRole'] })
  const mayDoAll = policy({ Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] })
  const makeRole = async () => {
    await admin('role', 'create', `--role-name=${ROLE}`, `--assume-role-policy-doc=${mayTakeRole}`)
    const document = ['--policy-name=all', `--policy-doc=${mayDoAll}`]
    await admin('role-policy', 'put', `--role-name=${ROLE}`, ...document)
  }
  await Promise.all([admin('user', 'create', '--uid=test', '--display-name=test', ...keys), makeRole()])
}

const policy = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })

interface Ports {
  readonly monitor: number
  readonly http: number
  readonly https: number
}

/** https://docs.ceph.com/en/pacific/rados/configuration/ and https://docs.ceph.com/en/pacific/radosgw/config-ref/ */
function cephConf(folder: string, clusterId: string, ports: Ports, capacityBytes: number): string {
  const frontends = [
    // With Nagle's algorithm every answer with a body waits 40 ms for the client's kernel.
    'beast tcp_nodelay=1',
    `endpoint=127.0.0.1:${ports.http}`,
    `ssl_endpoint=127.0.0.1:${ports.https}`,
    `ssl_certificate=${folder}/tls/server.pem ssl_private_key=${folder}/tls/server.key`,
  ]
  return `
[global]
fsid=${clusterId}
mon_host=v2:127.0.0.1:${ports.monitor}
public_addr=127.0.0.1
cluster_addr=127.0.0.1
auth_cluster_required=none
auth_service_required=none
auth_client_required=none
# Without it radosgw asks for a login that there is none for, and waits.
ms_mon_client_mode=crc
log_file=${folder}/$name.log
run_dir=${folder}
admin_socket=
pid_file=
osd_pool_default_size=1
osd_pool_default_min_size=1
osd_pool_default_pg_num=1
osd_pool_default_pgp_num=1
osd_pool_default_pg_autoscale_mode=off
osd_crush_chooseleaf_type=0
mon_allow_pool_size_one=true
mon_max_pg_per_osd=2000
# Every pool is a decision of the monitors. There is one, and nobody to wait for.
paxos_propose_interval=0.01
paxos_min_wait=0.01
[mon]
mon_data=${folder}/mon
[osd]
osd_data=${folder}/osd
osd_objectstore=memstore
memstore_device_bytes=${capacityBytes}
[client.rgw]
rgw_data=${folder}/rgw
rgw_dns_name=localhost
rgw_sts_key=${randomBytes(8).toString('hex')}
rgw_s3_auth_use_sts=true
# A replacement of KMS: one key, with this id.
rgw_crypt_s3_kms_backend=testing
rgw_crypt_s3_kms_encryption_keys=${KMS_KEY}=${randomBytes(32).toString('base64')}
rgw_crypt_require_ssl=false
# The memory of deleted objects is soon free again.
rgw_gc_obj_min_wait=20
rgw_gc_processor_period=20
rgw_frontends=${frontends.join(' ')}
`
}
