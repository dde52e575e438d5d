import { inject } from 'vitest'
import { S3Store } from '../../../src/store/index.ts'
import { s3Proxy, secureS3Proxy } from '../../faults/s3-proxy.ts'
import { adminCredentials, dropBucket, makeBucket, taskCredentials } from '../../setup/s3-client.ts'
import { storeContract } from './store-contract.ts'

// The proxies add behavior of the real S3 that the tests' server lacks.
const plain = await s3Proxy()
const secure = await secureS3Proxy()
const { region } = inject('s3')

// Three pages, like 2,500 objects with the usual page size.
const pageSize = 100
const effort = { manyObjects: 250, keySets: 4 }

storeContract(
  'S3 over http, with the keys of a user',
  async () => {
    const bucket = await makeBucket()
    const client = { endpoint: plain.endpoint, region, credentials: adminCredentials() }
    return { bucket, open: () => new S3Store({ client, pageSize }), close: () => dropBucket(bucket) }
  },
  effort,
)

storeContract(
  'S3 over https, with the temporary credentials of a role',
  async () => {
    const bucket = await makeBucket()
    const { proxy, ca } = secure
    const client = { endpoint: proxy.endpoint, region, credentials: await taskCredentials(bucket) }
    return { bucket, open: () => new S3Store({ client, ca, pageSize }), close: () => dropBucket(bucket) }
  },
  effort,
)
