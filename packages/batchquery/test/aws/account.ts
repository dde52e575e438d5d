import { type Answer, failed, ok } from '../ecs/protocol.ts'

type Input = Readonly<Record<string, unknown>>

const ACCOUNT = '123456789012'

/** How many parameters a page has: few, so that there are several. */
const PAGE = 2

/** What the stand-ins know of an account. */
export class Account {
  /** The only region that has something. */
  region = 'us-east-1'
  arn = `arn:aws:iam::${ACCOUNT}:user/ada`
  /** What nobody may do, as policies name it. */
  readonly denied = new Set<string>()
  /** By name. */
  readonly parameters = new Map<string, string>()

  answer(action: string, region: string, input: Input): Answer {
    if (this.denied.has(action)) return this.#denial(action)
    switch (action) {
      case 'ssm:GetParameter':
        return this.#getParameter(region, String(input.Name))
      case 'ssm:GetParametersByPath':
        return this.#getParametersByPath(region, String(input.Path), Number(input.NextToken ?? 0))
      case 'sts:GetCallerIdentity':
        return ok({ Account: ACCOUNT, Arn: this.arn, UserId: 'AIDAEXAMPLE' })
      default:
        throw new Error(`nothing is known of ${action}`)
    }
  }

  #denial(action: string): Answer {
    const message = `User: ${this.arn} is not authorized to perform: ${action}`
    const [service] = action.split(':')
    if (service === 'ec2') return failed('UnauthorizedOperation', message, {}, 403)
    return service === 'iam' || service === 'sts'
      ? failed('AccessDenied', message, {}, 403)
      : failed('AccessDeniedException', message)
  }

  #in(region: string): readonly [string, string][] {
    return region === this.region ? [...this.parameters] : []
  }

  #getParameter(region: string, name: string): Answer {
    const found = this.#in(region).find(([one]) => one === name)
    return found === undefined
      ? failed('ParameterNotFound', '')
      : ok({ Parameter: { Name: name, Type: 'String', Value: found[1], Version: 1 } })
  }

  #getParametersByPath(region: string, path: string, from: number): Answer {
    const found = this.#in(region).filter(([name]) => name.startsWith(path))
    const page = found.slice(from, from + PAGE).map(([Name, Value]) => ({ Name, Type: 'String', Value }))
    const next = from + PAGE
    return ok({ Parameters: page, ...(next < found.length && { NextToken: String(next) }) })
  }
}
