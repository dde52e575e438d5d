import { constants, createHash, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { AuthPlugin } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import { type DatabaseUrl, shownHost } from '../database-url.ts'
import { insecure, insecureKey, mayTellSecret, mayTrustServerKey } from '../insecure.ts'
import type { LoginAttempt } from '../log-in.ts'
import { publicKeyPath } from './public-key-path.ts'

/** https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html */
const FAST_SUCCESS = Buffer.of(3)
const PERFORM_FULL = Buffer.of(4)
/** The byte that asks for the server's public key, by plugin. */
const CACHING_SHA2_KEY_REQUEST = Buffer.of(2)
const SHA256_KEY_REQUEST = Buffer.of(1)
const SCRAMBLE_BYTES = 20
/** The client sends this byte if the secret is empty. */
const NO_SECRET = Buffer.of(0)

/**
 * Replies to the authentication plugins that can make a client send the secret itself. The driver's own plugins send
 * it through any TLS connection, and encrypt it with any key. These send it only to the server of the URL. All other
 * plugins of the driver send a proof that another server cannot log in with.
 */
export class AuthPlugins {
  /** Why the secret was not sent. */
  refused: BatchQueryError | null = null
  readonly #url: DatabaseUrl
  readonly #attempt: LoginAttempt
  readonly #serverKey: KeyObject | null
  readonly #secret: string

  private constructor(url: DatabaseUrl, attempt: LoginAttempt, serverKey: KeyObject | null) {
    this.#url = url
    this.#attempt = attempt
    this.#serverKey = serverKey
    this.#secret = attempt.identity.password ?? ''
  }

  /** @throws CONFIG if the file of `server-public-key-path` is not a public key */
  static async of(url: DatabaseUrl, attempt: LoginAttempt): Promise<AuthPlugins> {
    const path = publicKeyPath(url)
    return new AuthPlugins(url, attempt, path === null ? null : await readServerKey(path))
  }

  /** By the server's names for them, in the form that the driver takes. */
  get byName(): Readonly<Record<string, AuthPlugin>> {
    return {
      mysql_clear_password: () => () => {
        this.#attempt.clearTextAsked()
        return this.#inClearText()
      },
      sha256_password: () => this.#sha256(),
      caching_sha2_password: () => this.#cachingSha2(),
    }
  }

  #sha256(): (data: Buffer) => Buffer {
    let scramble: Buffer | null = null
    return data => {
      if (scramble !== null) return this.#encrypted(data, scramble)
      if (this.#secret === '') return NO_SECRET
      if (this.#isEncrypted) return this.#inClearText()
      scramble = scrambleOf(data)
      return this.#withoutTls(scramble, SHA256_KEY_REQUEST)
    }
  }

  /** The first reply is a proof. The secret itself follows only if the server does not have it cached. */
  #cachingSha2(): (data: Buffer) => Buffer | null {
    let scramble: Buffer | null = null
    let isKeyAskedFor = false
    return data => {
      if (scramble === null) {
        scramble = scrambleOf(data)
        return this.#secret === '' ? NO_SECRET : proof(this.#secret, scramble)
      }
      if (isKeyAskedFor) return this.#encrypted(data, scramble)
      if (data.equals(FAST_SUCCESS)) return null
      if (!data.equals(PERFORM_FULL)) throw new Error('cannot read the answer of caching_sha2_password')
      if (this.#url.socket !== null || this.#isEncrypted) return this.#inClearText()
      isKeyAskedFor = this.#serverKey === null
      return this.#withoutTls(scramble, CACHING_SHA2_KEY_REQUEST)
    }
  }

  get #isEncrypted(): boolean {
    return this.#url.sslMode !== 'disable'
  }

  #inClearText(): Buffer {
    if (!mayTellSecret(this.#url)) this.#refuse(insecure(this.#url))
    return Buffer.from(`${this.#secret}\0`)
  }

  /** @returns the secret, encrypted with the known key, or the request for the server's key */
  #withoutTls(scramble: Buffer, keyRequest: Buffer): Buffer {
    if (this.#serverKey !== null) return this.#encryptFor(this.#serverKey, scramble)
    if (!mayTrustServerKey(this.#url)) this.#refuse(insecureKey(this.#url))
    return keyRequest
  }

  /** @param key in PEM, in the server's reply to the request for it */
  #encrypted(key: Buffer, scramble: Buffer): Buffer {
    // A server may send a key without a request.
    if (this.#serverKey !== null || !mayTrustServerKey(this.#url)) this.#refuse(insecureKey(this.#url))
    const shown = publicKeyOf(key)
    if (shown === null) throw new Error('the server sent no public key')
    return this.#encryptFor(shown, scramble)
  }

  #encryptFor(key: KeyObject, scramble: Buffer): Buffer {
    const bytes = Buffer.from(`${this.#secret}\0`)
    const masked = bytes.map((byte, at) => byte ^ (scramble[at % SCRAMBLE_BYTES] ?? 0))
    try {
      return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, masked)
    } catch (cause) {
      return this.#refuse(
        new BatchQueryError(
          'INSECURE',
          `${shownHost(this.#url)}: a secret of ${bytes.length - 1} bytes is too long for the server's key`,
          { hint: 'Add sslmode=verify-full to the URL. TLS has no such limit.', cause },
        ),
      )
    }
  }

  /** Throws another error to the driver, because the driver modifies the errors that it gets. */
  #refuse(error: BatchQueryError): never {
    this.refused = error
    throw new Error(error.message)
  }
}

/** @throws if it is too short to mask anything */
function scrambleOf(data: Buffer): Buffer {
  if (data.length < SCRAMBLE_BYTES) throw new Error(`the server's scramble has ${data.length} bytes`)
  return Buffer.from(data.subarray(0, SCRAMBLE_BYTES))
}

/** SHA256(secret) XOR SHA256(SHA256(SHA256(secret)), scramble). */
function proof(secret: string, scramble: Buffer): Buffer {
  const once = sha256(Buffer.from(secret))
  const mask = sha256(sha256(once), scramble)
  return Buffer.from(once.map((byte, at) => byte ^ (mask[at] ?? 0)))
}

function sha256(...parts: Buffer[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Null if the text is not a public key in PEM. */
function publicKeyOf(pem: Buffer): KeyObject | null {
  try {
    return createPublicKey(pem)
  } catch {
    return null
  }
}

async function readServerKey(path: string): Promise<KeyObject> {
  const refuse = (what: string, cause: unknown): BatchQueryError =>
    new BatchQueryError('CONFIG', `server-public-key-path ${JSON.stringify(path)} ${what}`, {
      cause,
      hint: "Name a copy of the server's public_key.pem, which is in its data directory.",
    })
  const pem = await readFile(path).catch((cause: unknown) => {
    throw refuse('is not readable', cause)
  })
  const key = publicKeyOf(pem)
  if (key?.asymmetricKeyType === 'rsa') return key
  throw refuse('has no RSA public key in PEM form', undefined)
}
