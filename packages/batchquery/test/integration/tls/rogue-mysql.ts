import { constants, generateKeyPairSync, privateDecrypt, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { type SecureContextOptions, TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { errorPacket, type Packet, PacketCutter, packetBytes } from '../../aurora/packets.ts'

/** Plugins by which a server can ask for the secret itself. */
export const ASKING = ['mysql_clear_password', 'sha256_password', 'caching_sha2_password'] as const

/**
 * LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH, with its data of any
 * length.
 */
const CAPABILITIES = 0x0028_a209
const SSL = 0x0800
/** A request for TLS is a login that ends after its filler. */
const TLS_REQUEST_BYTES = 32
const UTF8MB4 = 45
const KEYS = generateKeyPairSync('rsa', { modulusLength: 4096 })

/**
 * A server that tries to get the secret of its users: it asks for it by one plugin, and accepts no login. It keeps
 * all that it receives, and all that its own key decrypts.
 */
export class RogueMysql {
  readonly #plugin: string
  readonly #tls: SecureContextOptions | null
  readonly #server: Server
  readonly #heard: Uint8Array[] = []

  private constructor(plugin: string, tls: SecureContextOptions | null) {
    this.#plugin = plugin
    this.#tls = tls
    this.#server = createServer(socket => this.#greet(socket))
  }

  /** Ends with the test. @param path of a socket @default - it listens on all addresses of this machine */
  static async start(plugin: string, tls: SecureContextOptions | null, path?: string): Promise<RogueMysql> {
    const rogue = new RogueMysql(plugin, tls)
    if (path === undefined) rogue.#server.listen(0, '0.0.0.0')
    else rogue.#server.listen(path)
    await once(rogue.#server, 'listening')
    onTestFinished(() => void rogue.#server.close())
    return rogue
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the server has no port')
    return address.port
  }

  /** All that clients have sent inside TLS, and all that was encrypted with the server's own key. */
  get heard(): Buffer {
    return Buffer.concat(this.#heard)
  }

  #greet(socket: Socket): void {
    const scramble = Buffer.from(randomBytes(20).map(byte => (byte % 126) + 1))
    const packets = new PacketCutter()
    const take = (stream: Socket) => (chunk: Buffer) => {
      for (const packet of packets.push(chunk)) this.#answer(packet, stream, scramble)
    }
    const plain = take(socket)
    socket
      .on('error', () => {})
      .on('data', chunk => {
        // A request for TLS is the first packet.
        if (this.#tls !== null && chunk.readUIntLE(0, 3) === TLS_REQUEST_BYTES) {
          socket.removeAllListeners('data').pause()
          // The beginning of TLS may be in the same chunk.
          socket.unshift(chunk.subarray(4 + TLS_REQUEST_BYTES))
          const secure = new TLSSocket(socket, { ...this.#tls, isServer: true })
          secure.on('error', () => {}).on('data', take(secure))
        } else plain(chunk)
      })
    socket.write(packetBytes({ sequence: 0, payload: this.#greeting(scramble) }))
  }

  #greeting(scramble: Buffer): Buffer {
    const capabilities = CAPABILITIES | (this.#tls === null ? 0 : SSL)
    const fixed = Buffer.alloc(4 + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10)
    scramble.copy(fixed, 4, 0, 8)
    fixed.writeUInt16LE(capabilities & 0xffff, 13)
    fixed[15] = UTF8MB4
    fixed.writeUInt16LE(capabilities >>> 16, 18)
    fixed[20] = scramble.length + 1
    return Buffer.concat([
      Buffer.from('\x0a8.0.33\0'),
      fixed,
      scramble.subarray(8),
      Buffer.from(`\0${this.#plugin}\0`),
    ])
  }

  #answer({ sequence, payload }: Packet, stream: Socket, scramble: Buffer): void {
    const say = (packet: Packet) => stream.write(packetBytes({ ...packet, sequence: sequence + 1 }))
    const ask = (marker: number, ...parts: (string | Buffer)[]) =>
      say({
        sequence: 0,
        payload: Buffer.concat([Buffer.of(marker), ...parts.map(part => Buffer.from(part))]),
      })
    this.#heard.push(payload, this.#decrypted(payload, scramble))
    const isLogin = payload.length > TLS_REQUEST_BYTES && sequence <= 2
    const asksForKey = payload.length === 1 && (payload[0] === 1 || payload[0] === 2)
    if (isLogin) ask(0xfe, `${this.#plugin}\0`, scramble, '\0')
    else if (asksForKey) ask(1, KEYS.publicKey.export({ type: 'spki', format: 'pem' }))
    // A proof. This server does not remember the user.
    else if (this.#plugin === 'caching_sha2_password' && payload.length === 32) ask(1, Buffer.of(4))
    else say(errorPacket(1045, 'Access denied'))
  }

  #decrypted(payload: Buffer, scramble: Buffer): Uint8Array {
    try {
      const key = { key: KEYS.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }
      return privateDecrypt(key, payload).map((byte, at) => byte ^ (scramble[at % scramble.length] ?? 0))
    } catch {
      return Buffer.alloc(0)
    }
  }
}
