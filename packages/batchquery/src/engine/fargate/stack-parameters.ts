import { AwsFailure } from '../../aws/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { AwsClients, requestPatiently } from './clients.ts'
import type { SsmCommands } from './ssm-commands.ts'

/** The folder in which batchquery-cdk writes a parameter for each stack. */
const FOLDER = '/batchquery/'
/** Few, because a user waits for the answer. */
const ATTEMPTS = 3

/** The parameter of a stack. */
export interface FoundParameter {
  /** The name of the stack. */
  readonly stack: string
  readonly parameter: string
  readonly value: string
}

/** The parameters of the stacks in Systems Manager, in the region that the SDK is configured for. */
export class StackParameters {
  readonly region: string
  readonly #ssm: SsmCommands

  private constructor(ssm: SsmCommands, region: string) {
    this.#ssm = ssm
    this.region = region
  }

  /** @throws CONFIG if no region is configured */
  static async open(clients = new AwsClients()): Promise<StackParameters> {
    const ssm = await clients.ssm(null)
    const doing = { what: 'look for stacks of batchquery', action: 'ssm:GetParameter' }
    return new StackParameters(ssm, await requestPatiently(doing, () => ssm.config.region()))
  }

  /**
   * Reads the parameter of a stack; null if no stack has this name.
   *
   * @throws as `requestPatiently`
   */
  async read(stack: string): Promise<FoundParameter | null> {
    const parameter = `${FOLDER}${stack}`
    try {
      const { Parameter } = await requestPatiently(
        this.#doing(`look for the stack ${stack} of batchquery`, 'ssm:GetParameter', parameter),
        () => this.#ssm.getParameter({ Name: parameter }),
        ATTEMPTS,
      )
      return { stack, parameter, value: Parameter?.Value ?? '' }
    } catch (thrown) {
      const { cause } = BatchQueryError.from(thrown)
      if (cause instanceof AwsFailure && cause.code === 'ParameterNotFound') return null
      throw thrown
    }
  }

  /**
   * Lists all parameters, sorted by name.
   *
   * @throws as `requestPatiently`
   */
  async list(): Promise<readonly FoundParameter[]> {
    const doing = this.#doing('look for stacks of batchquery', 'ssm:GetParametersByPath', `${FOLDER}*`)
    const found: FoundParameter[] = []
    for (let token: string | undefined; ; ) {
      const page = await requestPatiently(
        doing,
        () =>
          this.#ssm.getParametersByPath({ Path: FOLDER, ...(token !== undefined && { NextToken: token }) }),
        ATTEMPTS,
      )
      for (const { Name = '', Value = '' } of page.Parameters ?? [])
        found.push({ stack: Name.slice(FOLDER.length), parameter: Name, value: Value })
      token = page.NextToken
      if (token === undefined) return found.toSorted((one, other) => one.stack.localeCompare(other.stack))
    }
  }

  #doing(what: string, action: string, parameter: string) {
    return {
      what: `${what} in ${this.region}`,
      action,
      resource: `arn:aws:ssm:${this.region}:*:parameter${parameter}`,
    }
  }
}
