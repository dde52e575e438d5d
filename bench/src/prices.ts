import { readFile } from 'node:fs/promises'

interface Price {
  readonly dollarsPerVcpuHour: number
  readonly dollarsPerGbHour: number
}

/** `bench/prices.json`: Fargate's prices by the hour. */
export interface Prices {
  readonly fargate: {
    readonly region: string
    readonly asOf: string
    readonly x86: Price
    readonly arm: Price
  }
}

export async function readPrices(): Promise<Prices> {
  const prices: Prices = JSON.parse(await readFile(new URL('../prices.json', import.meta.url), 'utf8'))
  return prices
}
