export const MAX_KEY_BYTES = 1024

/**
 * Why no store can have an object with this key, for messages. Null if the key can be used.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export function keyFault(key: string): string | null {
  if (key === '') return 'it is empty'
  if (hasLoneSurrogate(key)) return 'it is not valid Unicode: it has half of a surrogate pair'
  const bytes = Buffer.byteLength(key)
  return bytes > MAX_KEY_BYTES ? `it has ${bytes} bytes, more than ${MAX_KEY_BYTES}` : null
}

/**
 * Why no store has a bucket with this name, for messages. Null if the name can be used. A client would remove `..` from the path of
 * its request, and so ask another bucket.
 */
export function bucketFault(bucket: string): string | null {
  if (bucket === '') return 'it is empty'
  if (bucket === '.' || bucket === '..') return `it is "${bucket}"`
  if (bucket.includes(`\${`)) return `it has \${, which no shell replaced`
  return hasLoneSurrogate(bucket) ? 'it is not valid Unicode: it has half of a surrogate pair' : null
}

export const hasLoneSurrogate = (text: string): boolean => /\p{Surrogate}/u.test(text)
