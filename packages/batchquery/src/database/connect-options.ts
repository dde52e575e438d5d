/** How long a session waits for the network. Milliseconds. */
export interface ConnectOptions {
  /**
   * After this time without a byte the kernel probes the connection. So a NAT gateway on the way, which forgets a connection that is
   * silent for 350 s, keeps it. @default 60_000
   */
  readonly keepAliveMs?: number
  /** How long a login may take. @default 15_000 */
  readonly connectTimeoutMs?: number
  /** How long a running statement may be silent before a second connection looks for it. @default 60_000 */
  readonly silenceMs?: number
}

export const connectSettings = ({
  keepAliveMs = 60_000,
  connectTimeoutMs = 15_000,
  silenceMs = 60_000,
}: ConnectOptions): Required<ConnectOptions> => ({ keepAliveMs, connectTimeoutMs, silenceMs })
