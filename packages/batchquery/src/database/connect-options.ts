/** How patient a session is with the network. Milliseconds. */
export interface ConnectOptions {
  /**
   * After so long without a byte the kernel asks whether the other side is there, and so keeps the flow in the memory
   * of what lies between: a NAT gateway forgets one that is silent for 350 s. @default 60_000
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
