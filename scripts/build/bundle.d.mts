import type { BuildResult } from 'esbuild'

export function bundlePrograms(
  packageFolder: string,
  entryPoints: Readonly<Record<string, string>>,
  outdir: string,
): Promise<BuildResult>
