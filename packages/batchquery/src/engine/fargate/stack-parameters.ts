import { AwsFailure } from '../../aws/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { AwsClients, requestPatiently } from './clients.ts'
import type { SsmCommands } from './ssm-commands.ts'

/** Below it batchquery-cdk writes a parameter for each stack. */
const FOLDER = '/batchquery/'
/** A person waits for the answer. */
const ATTEMPTS = 3

/** The parameter of a stack. */
export interface FoundParameter {
  /** The name of the stack. */
  readonly stack: string
  readonly parameter: string
  readonly value: string
}

/** What Systems Manager keeps of the stacks of a region: that which the SDK is configured for. */
export class StackParameters {
  readonly region: string
  readonly #ssm: SsmCommands

  private constructor(ssm: SsmCommands, region: string) {
    this.#ssm = ssm
    this.region = region
  }

  /** @throws CONFIG where no region is configured */
  static async open(clients = new AwsClients()): Promise<StackParameters> {
    const ssm = await clients.ssm(null)
    const doing = { what: 'look for stacks of batchquery', action: 'ssm:GetParameter' }
    return new StackParameters(ssm, await requestPatiently(doing, () => ssm.config.region()))
  }

  /**
   * Null where there is none of this name.
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
   * All of them, by name.
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
