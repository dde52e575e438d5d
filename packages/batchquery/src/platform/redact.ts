const MASK = '***'

/** The signature of a request to AWS, and the password as a setting. */
const SECRET_SETTING = /([?&](?:password|x-amz-(?:signature|security-token|credential))=)[^&#\s]*/gi

/**
 * Matches up to the password of a URL: after `://user:`, whose user is anything up to the colon
 * (`user@server` on Azure). For databases also after `mysql:user:` and the like, which is a typo, but parses as a URL
 * if white space is between the slashes.
 */
const BEFORE_PASSWORD = /:\/\/[^/?#:]*:|(?:mysql|mariadb|postgres(?:ql)?):[/\t\r\n]*(?![/\t\r\n])[^?#:]*:/i

/** A URL without its password and signature. Works also for a malformed URL, for example inside an error message. */
export const redactUrl = (url: string): string => maskPassword(url).replace(SECRET_SETTING, `$1${MASK}`)

/**
 * Masks up to the last `@`, because people write passwords with `/` and `@` into URLs. Takes time linear in the
 * length, because the text may be hostile.
 */
function maskPassword(url: string): string {
  const end = url.lastIndexOf('@')
  const before = end === -1 ? null : BEFORE_PASSWORD.exec(url.slice(0, end))
  return before === null ? url : `${url.slice(0, before.index)}${before[0]}${MASK}${url.slice(end)}`
}

/** In characters. A shorter text occurs in so many others that masking it would hide them, and reveal the secret. */
const LEAST_SECRET = 4

/** Whether `redact` masks this secret. */
export const isMaskable = (secret: string): boolean => [...secret].length >= LEAST_SECRET

/** The text without the maskable secrets, in all their spellings, and without the passwords of URLs. */
export function redact(text: string, secrets: Iterable<string>): string {
  const written = new Set([...secrets].filter(isMaskable).flatMap(waysToWrite))
  // Longest first, because a secret may be the beginning of another.
  const longestFirst = [...written].sort((a, b) => b.length - a.length)
  // Whole secrets first. If several begin alike, masking the beginning of one would leave the end of another.
  const whole = longestFirst.reduce((masked, secret) => masked.replaceAll(secret, MASK), text)
  const masked = longestFirst.reduce(maskSecret, whole)
  // Every URL with a password has one of these. Most output of a script needs no search.
  return /[@=]/.test(masked) ? masked.replace(/\S+/g, redactUrl) : masked
}

/** Unchanged, inside a JSON string, and inside a URL. */
const waysToWrite = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  // Through a Buffer, because a lone surrogate cannot be encoded.
  encodeURIComponent(Buffer.from(secret).toString()),
]

/**
 * In characters. Masks such a beginning of a secret even without its rest, because servers and batchquery cut what
 * they quote.
 */
const LEAST_BEGINNING = 8

/** Masks a secret and its beginnings. */
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
