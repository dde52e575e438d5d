import { crc32 } from 'node:zlib'
import { type Manner, type ProxiedRequest, s3Error } from './fault-proxy.ts'

/*
 * The behavior of Amazon S3 that radosgw lacks. Each function is a part of the real server's behavior, so that the
 * store is tested against it.
 */

export interface ObjectName {
  readonly bucket: string
  readonly key: string
}

/**
 * `If-None-Match: *` on CompleteMultipartUpload.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 *
 * @param exists asks the server behind
 */
export function conditionalComplete(exists: (object: ObjectName) => Promise<boolean>): Manner {
  const turns = new Map<string, Promise<unknown>>()
  return async (request, forward) => {
    if (!isComplete(request) || request.headers['if-none-match'] !== '*') return forward(request)
    const object = objectOf(request)
    const name = `${object.bucket}/${object.key}`
    const turn = (turns.get(name) ?? Promise.resolve()).then(async () =>
      (await exists(object)) ? s3Error(412, 'PreconditionFailed') : forward(request),
    )
    turns.set(
      name,
      turn.catch(() => {}),
    )
    return turn
  }
}

/**
 * CRC32 checksums: checks each body that has one. ListParts reports those of the parts, and CompleteMultipartUpload
 * must repeat them. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function checksums(): Manner {
  const ofPart = new Map<string, string>()
  return async (request, forward) => {
    const { searchParams } = new URL(request.url, 'http://s3')
    const upload = searchParams.get('uploadId')
    const sent = request.headers['x-amz-checksum-crc32']
    if (sent !== undefined && sent !== checksumOf(request.body)) return s3Error(400, 'BadDigest')
    if (request.method === 'PUT' && upload !== null) {
      if (typeof sent !== 'string') return s3Error(400, 'InvalidRequest')
      ofPart.set(`${upload} ${searchParams.get('partNumber')}`, sent)
    }
    if (isComplete(request)) {
      const parts = [...request.body.toString().matchAll(/<Part>.*?<\/Part>/gs)].map(([part]) => part)
      const isRight = (part: string) =>
        element(part, 'ChecksumCRC32') === ofPart.get(`${upload} ${element(part, 'PartNumber')}`)
      if (!parts.every(isRight)) return s3Error(400, 'InvalidPart')
    }
    const answer = await forward(request)
    if (request.method !== 'GET' || upload === null || answer.status !== 200) return answer
    const xml = answer.body.toString().replace(/<Part>.*?<\/Part>/gs, part => {
      const checksum = ofPart.get(`${upload} ${element(part, 'PartNumber')}`)
      return part.replace('</Part>', `<ChecksumCRC32>${checksum}</ChecksumCRC32></Part>`)
    })
    const body = Buffer.from(xml)
    return { ...answer, body, headers: { ...answer.headers, 'content-length': body.length } }
  }
}

/**
 * Listings with keys that are not URL-encoded although the client asked for it, like those of some gateways and small
 * servers.
 *
 * @param claim whether the answer claims that they are
 */
export function unencodedListings(claim: 'says so' | 'claims that it encodes' = 'says so'): Manner {
  return async (request, forward) => {
    const answer = await forward(request)
    if (request.method !== 'GET' || !/[?&]list-type=2/.test(request.url)) return answer
    const xml = answer.body
      .toString()
      .replace(/<Key>(.*?)<\/Key>/gs, (_, key) => `<Key>${plainXml(key)}</Key>`)
      .replace(claim === 'says so' ? /<EncodingType>.*?<\/EncodingType>/s : /^$/, '')
    const body = Buffer.from(xml)
    return { ...answer, body, headers: { ...answer.headers, 'content-length': body.length } }
  }
}

const plainXml = (encoded: string): string =>
  decodeURIComponent(encoded).replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** A bucket in another region than the request's signature. */
export function bucketIn(
  region: string,
  refusal: 'PermanentRedirect' | 'AuthorizationHeaderMalformed',
): Manner {
  return async (request, forward) => {
    const signedFor = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1]
    if (signedFor === region) return forward(request)
    if (refusal === 'AuthorizationHeaderMalformed') return s3Error(400, refusal, { Region: region })
    const answer = s3Error(301, refusal)
    return { ...answer, headers: { ...answer.headers, 'x-amz-bucket-region': region } }
  }
}

/** A bucket whose policy refuses objects without these headers. */
export function requiresHeaders(required: Readonly<Record<string, string>>): Manner {
  return async (request, forward) => {
    if (request.method !== 'POST' || !/[?&]uploads(=|&|$)/.test(request.url)) return forward(request)
    const isThere = Object.entries(required).every(([name, value]) => request.headers[name] === value)
    return isThere ? forward(request) : s3Error(403, 'AccessDenied')
  }
}

export const isComplete = ({ method, url }: ProxiedRequest): boolean =>
  method === 'POST' && url.includes('uploadId=')

function objectOf({ url }: ProxiedRequest): ObjectName {
  const [, bucket = '', ...key] = new URL(url, 'http://s3').pathname.split('/')
  return { bucket, key: decodeURIComponent(key.join('/')) }
}

const element = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>(.*?)</${name}>`).exec(xml)?.[1]

function checksumOf(body: Buffer): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(body))
  return bytes.toString('base64')
}
