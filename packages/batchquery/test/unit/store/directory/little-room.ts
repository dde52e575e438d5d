import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

type Limit = (root: string) => void

/**
 * The ways to leave a directory 1 MiB of room on this machine. Any user may limit the size of files. A small filesystem, which really
 * becomes full, needs the right to mount.
 */
export function roomLimits(): [string, Limit][] {
  const limits: [string, Limit][] = [['a limit of file size', limitFileSize]]
  if (canMount()) limits.push(['a small filesystem', mountSmallFilesystem])
  return limits
}

const limitFileSize: Limit = () => {
  const limitTo = (bytes: string) => execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}:`])
  limitTo('1048576')
  onTestFinished(() => void limitTo('unlimited'))
}

const mountSmallFilesystem: Limit = root => {
  execFileSync('mount', mountOf(root))
  onTestFinished(() => void execFileSync('umount', [root]))
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'batchquery-mount-'))
  const mounted = spawnSync('mount', mountOf(folder)).status === 0
  if (mounted) execFileSync('umount', [folder])
  rmdirSync(folder)
  return mounted
}

const mountOf = (folder: string): string[] => ['-t', 'tmpfs', '-o', 'size=1m', 'batchquery', folder]
