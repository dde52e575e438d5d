import { closeSync, readFileSync } from 'node:fs'

/**
 * The variable with the number of the descriptor on which a runner gets its orders: a JSON object of the variables that its environment
 * lacks. It is started while its run is still being prepared, and touches nothing before the orders come.
 */
const ORDERS = 'BATCHQUERY_ORDERS'

/** The descriptor, as the parent of the runner opens it. */
export const ORDERS_FD = 3

/** What a runner that awaits its orders is started with. */
export const AWAITS_ORDERS = { [ORDERS]: String(ORDERS_FD) }

/** The orders as the runner reads them. They end with a line feed: without it the submitter died while it wrote them. */
export const writtenOrders = (variables: Readonly<Record<string, string>>): string =>
  `${JSON.stringify(variables)}\n`

export const awaitsOrders = (environment: NodeJS.ProcessEnv): boolean => environment[ORDERS] !== undefined

/**
 * Waits for the orders, and puts them into the environment.
 *
 * @returns false if none come, or not all: then the submitter does not launch the run
 */
export function receiveOrders(environment: NodeJS.ProcessEnv): boolean {
  // The whole process waits: it has nothing else to do, and a signal ends it.
  const descriptor = Number(environment[ORDERS])
  const text = readFileSync(descriptor, 'utf8')
  closeSync(descriptor)
  delete environment[ORDERS]
  if (!text.endsWith('\n')) return false
  const variables: unknown = JSON.parse(text)
  Object.assign(environment, variables)
  return true
}
