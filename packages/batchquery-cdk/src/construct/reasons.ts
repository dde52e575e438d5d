import { Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/*
 * Explains each broken rule of cdk-nag's AwsSolutions next to its resource, so that a user who checks a stack with cdk-nag sees only
 * their own findings. The explanation is in the metadata of the construct, which does not need cdk-nag itself.
 */

/** @param rule without its prefix, as in `S1` */
export function explainRule(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions-${rule}`, reason })
}

/** Explains one wildcard in the rights of a role. cdk-nag still reports any other wildcard. */
export function explainWildcard(role: IConstruct, resource: string, reason: string): void {
  explainRule(role, `IAM5[Resource::${flat(Stack.of(role).resolve(resource))}]`, reason)
}

/** In cdk-nag's form of references: `<Bucket.Arn>/output/*`. */
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
