import { S3 } from '@aws-sdk/client-s3'
import type { S3Server } from '../../packages/batchquery/test/setup/radosgw.ts'

export const BUCKET = 'bench'

/** The objects that clients have put into the bucket of the bench, seen from outside. */
export class Objects {
  readonly #client: S3

  constructor({ endpoint, region, accessKeyId, secretAccessKey }: S3Server) {
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
    const credentials = { accessKeyId, secretAccessKey }
    this.#client = new S3({ endpoint, region, credentials, forcePathStyle: true })
  }

  async makeBucket(): Promise<void> {
    await this.#client.createBucket({ Bucket: BUCKET })
  }

  async list(prefix = ''): Promise<readonly { readonly key: string; readonly size: number }[]> {
    const { Contents = [] } = await this.#client.listObjectsV2({ Bucket: BUCKET, Prefix: prefix })
    return Contents.map(({ Key = '', Size = 0 }) => ({ key: Key, size: Size }))
  }

  /** Null if there is no such object. */
  async sizeOf(key: string): Promise<number | null> {
    return (await this.list(key)).find(found => found.key === key)?.size ?? null
  }

  async read(key: string): Promise<Uint8Array> {
    const { Body } = await this.#client.getObject({ Bucket: BUCKET, Key: key })
    if (Body === undefined) throw new Error(`${key} has no body`)
    return Body.transformToByteArray()
  }

  async put(key: string, text: string): Promise<void> {
    await this.#client.putObject({ Bucket: BUCKET, Key: key, Body: Buffer.from(text) })
  }

  /** Removes everything, also uploads that were never completed. */
  async clear(): Promise<void> {
    const found = await this.list()
    if (found.length > 0) {
      const Objects = found.map(({ key }) => ({ Key: key }))
      await this.#client.deleteObjects({ Bucket: BUCKET, Delete: { Objects, Quiet: true } })
    }
    const { Uploads = [] } = await this.#client.listMultipartUploads({ Bucket: BUCKET })
    for (const { Key, UploadId } of Uploads)
      await this.#client.abortMultipartUpload({ Bucket: BUCKET, Key, UploadId })
  }
}
