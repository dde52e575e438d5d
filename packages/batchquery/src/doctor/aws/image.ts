import prettyBytes from 'pretty-bytes'
import type { Finding } from '../check.ts'
import { ask, broken, failureCode } from './ask.ts'
import { type FargateLook, UNSEEN } from './fargate-look.ts'

/** An image in Amazon ECR. */
export interface EcrImage {
  readonly registryId: string
  readonly region: string
  readonly repositoryName: string
  readonly imageId: { readonly imageTag: string } | { readonly imageDigest: string }
}

const ECR =
  /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/

/** Null for an image outside ECR. */
export function ecrImage(image: string): EcrImage | null {
  const [, registryId, region, repositoryName, imageTag = 'latest', imageDigest] = ECR.exec(image) ?? []
  if (registryId === undefined || region === undefined || repositoryName === undefined) return null
  return {
    registryId,
    region,
    repositoryName,
    imageId: imageDigest === undefined ? { imageTag } : { imageDigest },
  }
}

/** @throws CONFIG if the image does not exist */
export async function lookAtImage(look: FargateLook): Promise<Finding> {
  const described = await look.described()
  if (described === null) return UNSEEN
  const { image = '' } = described.container
  const at = ecrImage(image)
  if (at === null) return { skipped: `${image} is not in ECR; the first run shows whether ECS can pull it` }
  const { registryId, region, repositoryName, imageId } = at
  const ecr = await look.ecr(region)
  const resource = `arn:aws:ecr:${region}:${registryId}:repository/${repositoryName}`
  const doing = { what: `look for the image ${image}`, action: 'ecr:DescribeImages', resource }
  try {
    const { imageDetails: [found] = [] } = await ask(doing, () =>
      ecr.describeImages({ registryId, repositoryName, imageIds: [imageId] }),
    )
    const { imageDigest = '', imagePushedAt, imageSizeInBytes = 0 } = found ?? {}
    const pushed = imagePushedAt === undefined ? '' : `, pushed ${imagePushedAt.toISOString().slice(0, 10)}`
    return { figure: `${image}, ${prettyBytes(imageSizeInBytes)}${pushed}, ${imageDigest.slice(0, 19)}` }
  } catch (thrown) {
    const code = failureCode(thrown)
    if (code !== 'ImageNotFoundException' && code !== 'RepositoryNotFoundException') throw thrown
    const what = code === 'ImageNotFoundException' ? 'has no such image' : 'has no such repository'
    throw broken(
      `ECR ${what}: ${image}`,
      `Push it (docker push ${image}), or name an existing image in the task definition.`,
    )
  }
}
