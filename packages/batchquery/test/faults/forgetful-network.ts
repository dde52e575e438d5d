import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Server } from 'node:net'
import { text } from 'node:stream/consumers'

const CLIENT = '10.77.1.2'
const SERVER = '10.77.2.2'

/** Forwards packets of known flows. A flow begins with SYN. Later packets of a forgotten flow are dropped. */
const RULES = `
table inet router {
  counter forgotten {}
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state invalid counter name forgotten drop
    ct state established accept
    ip daddr ${SERVER} tcp flags & (syn | ack) == syn accept
  }
}`

/**
 * Two hosts and a router between them that forgets flows without traffic, like the gateways and firewalls of a cloud:
 * network namespaces, and the kernel's own connection tracking. They are in a separate user namespace, so this needs
 * no root and does not touch the machine's network. All of it disappears when `close` was called, or this process has
 * ended.
 *
 *   client 10.77.1.2 ──veth── router ──veth── 10.77.2.2 server
 */
export class ForgetfulNetwork {
  readonly serverAddress = SERVER
  /** The beginning of a command that runs on the client's host. */
  readonly onClient: readonly string[]
  readonly #hosts: readonly ChildProcess[]
  readonly #onRouter: readonly string[]
  readonly #onServer: readonly string[]

  private constructor(router: ChildProcess, client: ChildProcess, server: ChildProcess) {
    this.#hosts = [server, client, router]
    this.#onRouter = entering(router, router)
    this.onClient = entering(router, client)
    this.#onServer = entering(router, server)
  }

  /** @throws if the kernel has no namespaces or no connection tracking, with its message */
  static async create(forgetsAfterSeconds: number): Promise<ForgetfulNetwork> {
    const router = await host(['unshare', '--user', '--map-root-user', '--net'])
    const inRouter = ['nsenter', ...namespaces(router, 'user'), 'unshare', '--net']
    const [client, server] = [await host(inRouter), await host(inRouter)]
    const network = new ForgetfulNetwork(router, client, server)
    await network.#connect(client, server)
    await run([...network.#onRouter, 'nft', '-f', '-'], RULES)
    await network.#set('ipv4/ip_forward', 1)
    await network.#set('netfilter/nf_conntrack_tcp_timeout_established', forgetsAfterSeconds)
    // A packet of an unknown flow begins no flow.
    await network.#set('netfilter/nf_conntrack_tcp_loose', 0)
    return network
  }

  /** A server of this process that listens on the server's host. */
  async listen(): Promise<Server> {
    const script = `const server = require('node:net').createServer().listen(0, '${SERVER}', () =>
      process.send('listening', server, () => process.exit()))`
    const [command = '', ...args] = [...this.#onServer, process.execPath, '-e', script]
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const [, handle] = await once(child, 'message')
    if (!(handle instanceof Server)) throw new Error('there is no server in the namespace')
    return handle
  }

  /** How many packets of forgotten flows the router has dropped. */
  async dropped(): Promise<number> {
    const listed = await run([...this.#onRouter, 'nft', 'list', 'counter', 'inet', 'router', 'forgotten'])
    return Number(/packets (\d+)/.exec(listed)?.[1])
  }

  async close(): Promise<void> {
    for (const process of this.#hosts) {
      const exited = once(process, 'exit')
      process.stdin?.end()
      await exited
    }
  }

  /** A setting of the router's kernel. */
  async #set(name: string, value: number): Promise<void> {
    await run([...this.#onRouter, 'tee', `/proc/sys/net/${name}`], String(value))
  }

  async #connect(client: ChildProcess, server: ChildProcess): Promise<void> {
    const sides = [
      { host: client, address: CLIENT, on: this.onClient },
      { host: server, address: SERVER, on: this.#onServer },
    ]
    for (const [at, { host, address, on }] of sides.entries()) {
      const gateway = address.replace(/2$/, '1')
      const near = `to-host${at}`
      const ip = (where: readonly string[], words: string) => run([...where, 'ip', ...words.split(' ')])
      await ip(this.#onRouter, `link add ${near} type veth peer name to-router netns ${host.pid}`)
      await ip(this.#onRouter, `addr add ${gateway}/24 dev ${near}`)
      await ip(this.#onRouter, `link set ${near} up`)
      await ip(on, `addr add ${address}/24 dev to-router`)
      await ip(on, 'link set lo up')
      await ip(on, 'link set to-router up')
      await ip(on, `route add default via ${gateway}`)
    }
  }
}

/** A process that keeps a namespace alive until it, or this process, ends. */
async function host(command: readonly string[]): Promise<ChildProcess> {
  const [program = '', ...args] = [...command, 'sh', '-c', 'echo ready; exec cat']
  const process = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: ENVIRONMENT })
  const said = process.stderr === null ? Promise.resolve('') : text(process.stderr)
  const isReady = await Promise.race([
    once(process.stdout, 'data').then(() => true),
    once(process, 'exit').then(() => false),
  ])
  if (!isReady) throw new Error(`${command.join(' ')}: ${await said}`)
  return process
}

const namespaces = ({ pid }: ChildProcess, ...kinds: readonly ('user' | 'net')[]): string[] => [
  `--target=${pid}`,
  ...kinds.map(kind => `--${kind}`),
  ...(kinds.includes('user') ? ['--preserve-credentials'] : []),
]

const entering = (owner: ChildProcess, inside: ChildProcess): string[] => [
  'nsenter',
  ...namespaces(owner, 'user'),
  `--net=/proc/${inside.pid}/ns/net`,
]

/** The PATH of many users lacks the network tools. */
const ENVIRONMENT = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }

/** @returns its output */
async function run(command: readonly string[], input = ''): Promise<string> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: ENVIRONMENT })
  // It may have ended without reading.
  child.stdin.on('error', () => {}).end(input)
  const ended = once(child, 'exit')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  await ended
  if (child.exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`)
  return stdout
}
