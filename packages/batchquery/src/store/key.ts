const MAX_KEY_BYTES = 1024

/**
 * Why no store can hold an object of this key, for people; null where nothing speaks against it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export function keyFault(key: string): string | null {
  if (key === '') return 'it is empty'
  if (hasLoneSurrogate(key)) return 'it is not valid Unicode: it holds half of a surrogate pair'
  const bytes = Buffer.byteLength(key)
  return bytes > MAX_KEY_BYTES ? `it has ${bytes} bytes, and ${MAX_KEY_BYTES} is the most` : null
}

export const hasLoneSurrogate = (text: string): boolean => /\p{Surrogate}/u.test(text)
