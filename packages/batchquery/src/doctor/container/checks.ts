import { type ContainerProgram, DEFAULT_IMAGE } from '../../config/index.ts'
import { findProgram, IMAGE_HINT, lookForImage } from '../../engine/container/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Check, Finding } from '../check.ts'
import type { Place } from '../place.ts'

const PROGRAM = 'container.program'

/** The checks of what the container engine needs on this machine. */
export function containerChecks({ settings, environment }: Place): readonly Check[] {
  const { program, image = DEFAULT_IMAGE } = settings.container ?? {}
  let answering: ReturnType<typeof findProgram> | null = null
  const findOnce = () => {
    answering ??= findProgram(program, environment)
    return answering
  }
  return [
    {
      id: PROGRAM,
      what: 'docker or podman',
      needs: [],
      run: async () => ({ figure: await findOnce() }),
    },
    {
      id: 'container.image',
      what: 'the image',
      needs: [PROGRAM],
      run: async () => lookAtImage(await findOnce(), image, environment),
    },
  ]
}

async function lookAtImage(
  program: ContainerProgram,
  image: string,
  environment: NodeJS.ProcessEnv,
): Promise<Finding> {
  const found = await lookForImage(program, image, environment)
  if (found === null && image.includes('/'))
    return { skipped: `${image} is not on this machine; the first run pulls it` }
  if (found === null)
    throw new BatchQueryError('ENGINE_FAILED', `this machine has no image ${image}`, {
      hint: IMAGE_HINT,
      retryable: false,
    })
  const { version, startsRunner } = found
  return {
    figure: `${image}, ${version === null ? 'of an unknown version' : `version ${version}`}`,
    ...(!startsRunner && {
      warnings: ['its ENTRYPOINT must start batchquery-task, but does not name it'],
    }),
  }
}
