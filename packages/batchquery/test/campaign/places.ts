import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { S3 } from '@aws-sdk/client-s3'
import type { S3Server } from '../setup/radosgw.ts'

/** The home bucket of one trial. The campaign reads it without the product's code. */
export interface Place {
  readonly kind: 'directory' | 's3'
  readonly bucket: string
  /** The product's setting for the store: `s3` or the directory. */
  readonly setting: string
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Null if there is no such object. */
  read(key: string): Promise<Buffer | null>
  keys(prefix?: string): Promise<string[]>
  /** Staged objects that are neither committed nor aborted, and other files that are not objects. */
  unfinished(): Promise<string[]>
  /** Changes the times as if two minutes had passed since a kill. Then unfinished files do not count as another process's. */
  letTimePass(): Promise<void>
  close(): Promise<void>
}

/** Every file below the root that is not an object of the bucket is a leftover. */
export class DirectoryPlace implements Place {
  readonly kind = 'directory'
  readonly bucket = 'home'
  readonly setting: string

  constructor(root: string) {
    this.setting = root
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await mkdir(dirname(this.#path(key)), { recursive: true })
    await writeFile(this.#path(key), bytes)
  }

  read(key: string): Promise<Buffer | null> {
    return readFile(this.#path(key)).catch(() => null)
  }

  async keys(prefix = ''): Promise<string[]> {
    const files = await this.#files()
    const keys = files.filter(file => !isHidden(file)).map(file => file.slice(this.bucket.length + 1))
    return keys.filter(key => key.startsWith(prefix))
  }

  async unfinished(): Promise<string[]> {
    return (await this.#files()).filter(isHidden)
  }

  async letTimePass(): Promise<void> {
    const past = new Date(Date.now() - 120_000)
    for (const file of await this.unfinished()) await utimes(join(this.setting, file), past, past)
  }

  async close(): Promise<void> {}

  /** Relative to the root. */
  async #files(): Promise<string[]> {
    const entries = await readdir(this.setting, { recursive: true, withFileTypes: true }).catch(() => [])
    return entries
      .filter(entry => !entry.isDirectory())
      .map(entry => join(entry.parentPath, entry.name).slice(this.setting.length + 1))
      .sort()
  }

  #path(key: string): string {
    return join(this.setting, this.bucket, key)
  }
}

const isHidden = (file: string): boolean => file.split('/').some(name => name.startsWith('.batchquery-'))

export class S3Place implements Place {
  readonly kind = 's3'
  readonly bucket: string
  readonly setting = 's3'
  readonly #s3: S3

  private constructor(s3: S3, bucket: string) {
    this.#s3 = s3
    this.bucket = bucket
  }

  static async create(s3: S3): Promise<S3Place> {
    const bucket = `campaign-${randomBytes(6).toString('hex')}`
    await s3.createBucket({ Bucket: bucket })
    return new S3Place(s3, bucket)
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#s3.putObject({ Bucket: this.bucket, Key: key, Body: bytes })
  }

  async read(key: string): Promise<Buffer | null> {
    try {
      const { Body } = await this.#s3.getObject({ Bucket: this.bucket, Key: key })
      return Buffer.from((await Body?.transformToByteArray()) ?? [])
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === 'NoSuchKey') return null
      throw thrown
    }
  }

  async keys(prefix = ''): Promise<string[]> {
    const { Contents = [] } = await this.#s3.listObjectsV2({ Bucket: this.bucket, Prefix: prefix })
    return Contents.map(({ Key = '' }) => Key)
  }

  async unfinished(): Promise<string[]> {
    return (await this.#uploads()).map(({ Key }) => `upload of ${Key}`)
  }

  async letTimePass(): Promise<void> {}

  async close(): Promise<void> {
    for (const { Key, UploadId } of await this.#uploads())
      await this.#s3.abortMultipartUpload({ Bucket: this.bucket, Key, UploadId })
    const keys = await this.keys()
    if (keys.length > 0) {
      const Objects = keys.map(Key => ({ Key }))
      await this.#s3.deleteObjects({ Bucket: this.bucket, Delete: { Objects, Quiet: true } })
    }
    await this.#s3.deleteBucket({ Bucket: this.bucket })
  }

  async #uploads() {
    const { Uploads = [] } = await this.#s3.listMultipartUploads({ Bucket: this.bucket })
    return Uploads
  }
}

/** The campaign's own client, without a proxy. */
export function s3Client({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): S3 {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  return new S3({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true })
}
