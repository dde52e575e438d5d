/** How patient a login is with the network. Milliseconds. */
export interface ConnectOptions {
  /**
   * After so long without a byte the kernel asks whether the other side is there, and so keeps the flow in the memory
   * of what lies between: a NAT gateway forgets one that is silent for 350 s. @default 60_000
   */
  readonly keepAliveMs?: number
  /** How long a login may take. @default 15_000 */
  readonly connectTimeoutMs?: number
}

export const connectSettings = ({
  keepAliveMs = 60_000,
  connectTimeoutMs = 15_000,
}: ConnectOptions): Required<ConnectOptions> => ({ keepAliveMs, connectTimeoutMs })
