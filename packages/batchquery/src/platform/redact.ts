const MASK = '***'

/** What signs a request to AWS, and the password as a setting. */
const SECRET_SETTING = /([?&](?:password|x-amz-(?:signature|security-token|credential))=)[^&#\s]*/gi

/**
 * Where the password of a URL begins: behind `://user:`, the user being anything up to the colon (`user@server` on
 * Azure). Of databases also behind `mysql:user:` and the like, which a slip of the pen leaves, and which is read as a
 * URL where white space stands between the slashes.
 */
const BEFORE_PASSWORD = /:\/\/[^/?#:]*:|(?:mysql|mariadb|postgres(?:ql)?):[/\t\r\n]*(?![/\t\r\n])[^?#:]*:/i

/** A URL without its password and signature. Also for what is no valid URL, as it stands in an error message. */
export const redactUrl = (url: string): string => maskPassword(url).replace(SECRET_SETTING, `$1${MASK}`)

/**
 * Up to the last `@`: people write passwords with `/` and `@` into URLs. In time linear in the length, as the
 * text may be hostile.
 */
function maskPassword(url: string): string {
  const end = url.lastIndexOf('@')
  const before = end === -1 ? null : BEFORE_PASSWORD.exec(url.slice(0, end))
  return before === null ? url : `${url.slice(0, before.index)}${before[0]}${MASK}${url.slice(end)}`
}

/** Characters: a shorter text is found in so many others that masking it would hide them, and show what it is. */
const LEAST_SECRET = 4

/** Whether `redact` masks a secret. */
export const isMaskable = (secret: string): boolean => [...secret].length >= LEAST_SECRET

/**
 * The text without the secrets that can be masked, in whichever way they are written, and without the passwords of
 * URLs.
 */
export function redact(text: string, secrets: Iterable<string>): string {
  const written = new Set([...secrets].filter(isMaskable).flatMap(waysToWrite))
  // The longest first: a secret may be the beginning of another.
  const longestFirst = [...written].sort((a, b) => b.length - a.length)
  // Whole ones first: where several begin alike, the beginning of one would leave the end of another.
  const whole = longestFirst.reduce((masked, secret) => masked.replaceAll(secret, MASK), text)
  const masked = longestFirst.reduce(maskSecret, whole)
  // No password of a URL has neither: most of what a script writes is spared the search.
  return /[@=]/.test(masked) ? masked.replace(/\S+/g, redactUrl) : masked
}

/** As it is, inside a JSON string, and inside a URL. */
const waysToWrite = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  // Through a Buffer, as a lone surrogate cannot be encoded.
  encodeURIComponent(Buffer.from(secret).toString()),
]

/** Characters of a secret that are masked where the rest of it does not follow: servers cut what they quote, and so do we. */
const LEAST_BEGINNING = 8

/** Masks a secret, and its beginnings. */
function maskSecret(text: string, secret: string): string {
  const beginning = secret.slice(0, LEAST_BEGINNING)
  let masked = ''
  let done = 0
  for (let at = text.indexOf(beginning); at !== -1; at = text.indexOf(beginning, done)) {
    masked += `${text.slice(done, at)}${MASK}`
    done = at + beginning.length
    while (done - at < secret.length && text[done] === secret[done - at]) done++
  }
  return masked + text.slice(done)
}
