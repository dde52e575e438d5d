import { type Answer, failed, ok } from '../ecs/protocol.ts'
import { TestNetwork } from './network.ts'

type Input = Readonly<Record<string, unknown>>

const ACCOUNT = '123456789012'

/** How many parameters a page has: few, so that there are several pages. */
const PAGE = 2

/** The account that the stand-ins know. */
export class Account {
  /** The only region with resources. */
  region = 'us-east-1'
  arn = `arn:aws:iam::${ACCOUNT}:user/ada`
  /** The actions that are denied, under their names in policies. */
  readonly denied = new Set<string>()
  /** By name. */
  readonly parameters = new Map<string, string>()
  readonly network = new TestNetwork()
  /** Tags of the repository `batchquery`. */
  readonly images = new Set(['latest'])
  /** Actions that the simulation of IAM refuses. */
  readonly refused = new Set<string>()

  answer(action: string, region: string, input: Input): Answer {
    if (this.denied.has(action)) return this.#denial(action)
    switch (action) {
      case 'ssm:GetParameter':
        return this.#getParameter(region, String(input.Name))
      case 'ssm:GetParametersByPath':
        return this.#getParametersByPath(region, String(input.Path), Number(input.NextToken ?? 0))
      case 'sts:GetCallerIdentity':
        return ok({ Account: ACCOUNT, Arn: this.arn, UserId: 'AIDAEXAMPLE' })
      case 'ecr:DescribeImages':
        return this.#describeImages(input)
      case 'iam:GetRole':
        return ok({ Role: roleOf(input) })
      case 'iam:SimulatePrincipalPolicy':
        return this.#simulate(input)
      default:
        return this.network.answer(action, input)
    }
  }

  #describeImages({ repositoryName, imageIds }: Input): Answer {
    const [id]: { imageTag?: string }[] = Array.isArray(imageIds) ? imageIds : []
    if (repositoryName !== 'batchquery') return failed('RepositoryNotFoundException', 'no such repository')
    if (!this.images.has(id?.imageTag ?? '')) return failed('ImageNotFoundException', 'no such image')
    const imageDetails = [
      {
        imageDigest: `sha256:${'ab'.repeat(32)}`,
        imageSizeInBytes: 90_000_000,
        imagePushedAt: 1_790_000_000,
      },
    ]
    return ok({ imageDetails })
  }

  #simulate(input: Input): Answer {
    const names = Array.isArray(input.ActionNames) ? input.ActionNames.map(String) : []
    const resources = Array.isArray(input.ResourceArns) ? input.ResourceArns.map(String) : []
    const EvaluationResults = names.flatMap(EvalActionName =>
      resources.map(EvalResourceName => ({
        EvalActionName,
        EvalResourceName,
        EvalDecision: this.refused.has(EvalActionName) ? 'implicitDeny' : 'allowed',
      })),
    )
    return ok({ EvaluationResults, IsTruncated: false })
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

function roleOf({ RoleName }: Input): Record<string, unknown> {
  const name = String(RoleName)
  const path = '/aws-reserved/sso.amazonaws.com/'
  return {
    Path: path,
    RoleName: name,
    RoleId: 'AROAEXAMPLE',
    Arn: `arn:aws:iam::${ACCOUNT}:role${path}${name}`,
    CreateDate: 1_790_000_000,
  }
}
