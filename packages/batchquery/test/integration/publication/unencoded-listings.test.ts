import { expect, inject, test } from 'vitest'
import { S3Store } from '../../../src/store/index.ts'
import { unencodedListings } from '../../faults/s3-manners.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { adminClient, adminCredentials, freshBucket } from '../../setup/s3-client.ts'
import { live, type Result, resultAt, textOf } from './fixture.ts'

const proxy = await s3Proxy([unencodedListings()])
const bucket = await freshBucket()

function open(): S3Store {
  const { region } = inject('s3')
  return new S3Store({ client: { endpoint: proxy.endpoint, region, credentials: adminCredentials() } })
}

async function keys(prefix: string): Promise<(string | undefined)[]> {
  const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: bucket, Prefix: prefix })
  return Contents.map(({ Key }) => Key)
}

test.each(['q+y/r', 'q y/r', '50%/r', '%41/r', 'ü&<>/r'])(
  'a result at %s replaces an earlier, larger one when the store does not encode listings',
  async prefix => {
    const name = Buffer.from(prefix).toString('hex')
    const large: Result = { word: 'large', lines: 500, overwrite: true, prefix }
    const small: Result = { word: 'small', lines: 10, overwrite: true, prefix }
    expect(await live(open(), bucket, `large-${name}`, large)).toBe(true)
    expect((await keys(prefix)).length).toBeGreaterThan(2)
    expect(await live(open(), bucket, `small-${name}`, small)).toBe(true)
    expect(await keys(prefix)).toEqual([`${prefix}.manifest`, `${prefix}.part_00000`])
    expect(await resultAt(open(), bucket, prefix)).toMatchObject({ text: textOf(small), manifest: true })
    const refused = live(open(), bucket, `off-${name}`, { ...small, overwrite: false })
    await expect(refused).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' })
  },
)
