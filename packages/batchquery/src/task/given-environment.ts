/** How `-e` travels from the submitter to the runner: in its environment, so that no secret is in its arguments. */
const OPEN = 'BATCHQUERY_ENV_'
const SECRET = 'BATCHQUERY_SECRET_ENV_'

export interface GivenEnvironment {
  readonly open: Readonly<Record<string, string>>
  /** Their values must not stand in a log. */
  readonly secret: Readonly<Record<string, string>>
}

/** For the runner's environment. */
export function passGivenEnvironment({ open, secret }: GivenEnvironment): Record<string, string> {
  const prefixed = (prefix: string, variables: Readonly<Record<string, string>>) =>
    Object.entries(variables).map(([name, value]) => [`${prefix}${name}`, value])
  return Object.fromEntries([...prefixed(OPEN, open), ...prefixed(SECRET, secret)])
}

/** The inverse. */
export function givenEnvironment(runner: NodeJS.ProcessEnv): GivenEnvironment {
  const withPrefix = (prefix: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(runner).flatMap(([name, value]) =>
        value !== undefined && name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
      ),
    )
  return { open: withPrefix(OPEN), secret: withPrefix(SECRET) }
}
