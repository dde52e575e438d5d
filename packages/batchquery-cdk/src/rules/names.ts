/** With `-` and the 16 characters of the time, this becomes a run id, which has at most 64. */
const SCHEDULE = /^[A-Za-z0-9._-]{1,42}$/
/** The limit of a schedule's name on AWS. */
const MOST_CHARACTERS = 64
const STACK = /^[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])?$/

/** Each function returns why the name is invalid, as a part of a sentence. Null if it is valid. */

export const stackNameFault = (name: string): string | null =>
  STACK.test(name)
    ? null
    : `${JSON.stringify(name)} is not a valid name. Write 1 to 24 lowercase letters, digits and hyphens, without a hyphen at either end`

export function scheduleNameFault(stack: string, name: string): string | null {
  if (!SCHEDULE.test(name))
    return `${JSON.stringify(name)} is not a valid name. Write 1 to 42 letters, digits, dots, underscores and hyphens`
  const full = `${stack}-${name}`
  return full.length <= MOST_CHARACTERS
    ? null
    : `${full} has more than the ${MOST_CHARACTERS} characters that EventBridge Scheduler allows`
}

/** Tasks write it after `-- @database`. With a colon it would be a URL. */
export const databaseNameFault = (name: string): string | null =>
  /^[A-Za-z0-9._-]{1,64}$/.test(name)
    ? null
    : `${JSON.stringify(name)} is not a valid name. Write 1 to 64 letters, digits, dots, underscores and hyphens`

/** In the form in which a task declares it: `-- @param month`, or a variable of a script. */
export const parameterNameFault = (name: string): string | null =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
    ? null
    : `${JSON.stringify(name)} is not a valid parameter name. Write letters, digits and underscores, and begin with a letter or an underscore`
