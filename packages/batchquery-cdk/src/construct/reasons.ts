import { Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/*
 * Why a rule of cdk-nag's AwsSolutions is not kept, told where the resource is made: whoever checks a stack with it sees what
 * is theirs to mend. It stands in the metadata of the construct; cdk-nag itself is not needed for that.
 */

/** @param rule without its prefix, as in `S1` */
export function explainRule(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions-${rule}`, reason })
}

/** A wildcard in the rights of a role. That one alone: any other, added later, is still found. */
export function explainWildcard(role: IConstruct, resource: string, reason: string): void {
  explainRule(role, `IAM5[Resource::${flat(Stack.of(role).resolve(resource))}]`, reason)
}

/** As cdk-nag writes references: `<Bucket.Arn>/output/*`. */
function flat(resolved: unknown): string {
  if (typeof resolved !== 'object' || resolved === null) return String(resolved)
  if ('Ref' in resolved) return `<${resolved.Ref}>`
  if ('Fn::GetAtt' in resolved && Array.isArray(resolved['Fn::GetAtt']))
    return `<${resolved['Fn::GetAtt'].join('.')}>`
  if ('Fn::Join' in resolved && Array.isArray(resolved['Fn::Join'])) {
    const [separator, parts] = resolved['Fn::Join']
    return parts.map(flat).join(separator)
  }
  return JSON.stringify(resolved)
}
