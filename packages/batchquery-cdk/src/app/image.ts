import { resolve } from 'node:path'
import { Repository } from 'aws-cdk-lib/aws-ecr'
import { Platform } from 'aws-cdk-lib/aws-ecr-assets'
import { ContainerImage, CpuArchitecture } from 'aws-cdk-lib/aws-ecs'
import type { Construct } from 'constructs'

/** A private repository: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html#registry_concepts */
const ECR =
  /^(?<account>\d{12})\.dkr\.ecr\.(?<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/(?<name>[^:@]+)(?:[:@](?<version>.+))?$/

/**
 * The meaning of `image` in the file: a folder with a Dockerfile if it starts with a dot, otherwise a name in a registry.
 * ECS needs rights to pull from ECR, so an ECR image must be recognized as one.
 *
 * @param folder the base of a relative path
 */
export function imageOf(
  scope: Construct,
  image: string,
  folder: string,
  architecture: CpuArchitecture,
): ContainerImage {
  if (image.startsWith('.'))
    // The platform of the task definition, not of the machine that builds it.
    return ContainerImage.fromAsset(resolve(folder, image), {
      platform: architecture === CpuArchitecture.ARM64 ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    })
  const { account, region, name, version } = ECR.exec(image)?.groups ?? {}
  if (account === undefined || name === undefined) return ContainerImage.fromRegistry(image)
  const repository = Repository.fromRepositoryArn(
    scope,
    'ImageRepository',
    `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${name}`,
  )
  return ContainerImage.fromEcrRepository(repository, version)
}

/** Whether it comes from a registry other than ECR. */
export const isPulled = (image: string): boolean => image !== '' && !image.startsWith('.') && !ECR.test(image)

const partitionOf = (region = ''): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
