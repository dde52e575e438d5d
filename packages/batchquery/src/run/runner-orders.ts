import { closeSync, readFileSync } from 'node:fs'

/**
 * The variable with the number of the descriptor from which a runner reads its orders: a JSON object of the variables that
 * its environment lacks. The runner starts while the submitter still prepares the run, and touches nothing before the orders
 * come.
 */
const ORDERS = 'BATCHQUERY_ORDERS'

/** The number of the descriptor, which the runner's parent opens. */
export const ORDERS_FD = 3

/** The variables of a runner that must wait for its orders. */
export const AWAITS_ORDERS = { [ORDERS]: String(ORDERS_FD) }

/** The orders in the form that the runner reads. If the last line feed is missing, the submitter died while it wrote them. */
export const writtenOrders = (variables: Readonly<Record<string, string>>): string =>
  `${JSON.stringify(variables)}\n`

export const awaitsOrders = (environment: NodeJS.ProcessEnv): boolean => environment[ORDERS] !== undefined

/**
 * Waits for the orders and puts them into the environment.
 *
 * @returns false if they do not come, or not all of them: the submitter does not launch the run then
 */
export function receiveOrders(environment: NodeJS.ProcessEnv): boolean {
  // Blocks the whole process, which has nothing else to do. A signal still ends it.
  const descriptor = Number(environment[ORDERS])
  const text = readFileSync(descriptor, 'utf8')
  closeSync(descriptor)
  delete environment[ORDERS]
  if (!text.endsWith('\n')) return false
  const variables: unknown = JSON.parse(text)
  Object.assign(environment, variables)
  return true
}
