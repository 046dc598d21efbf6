/**
 * Two trees side by side, each copied out and built in a scratch folder, so
 * that nothing which happens to the working tree meanwhile reaches them.
 * They share the installed packages by a link.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Listings of files are long. */
const outputBytesMax = 64 * 2 ** 20

export interface Subject {
  /** As people name it. */
  readonly name: string
  /** undefined: the working tree as it is, with what is not committed. */
  readonly commit: string | undefined
}

/** Nothing to compare with, and that is nobody's fault: no such commit here, or it does not build. */
export class NothingToCompare extends Error {
  override name = 'NothingToCompare'
}

/**
 * What is compared: the working tree, if it has changes, with HEAD, else HEAD with its parent; or with `wanted`.
 * @throws NothingToCompare where the history does not reach so far
 */
export async function subjectsOf(root: string, wanted: string | undefined): Promise<{ base: Subject; head: Subject }> {
  const dirty = (await git(root, 'status', '--porcelain')) !== ''
  const base = await subject(root, wanted ?? (dirty ? 'HEAD' : 'HEAD~1'))
  const head = dirty ? { name: 'the working tree', commit: undefined } : await subject(root, 'HEAD')
  return { base, head }
}

async function subject(root: string, revision: string): Promise<Subject> {
  try {
    const commit = await git(root, 'rev-parse', '--verify', '--quiet', `${revision}^{commit}`)
    return { name: `${revision} (${commit.slice(0, 7)})`, commit }
  } catch {
    throw new NothingToCompare(`there is no ${revision} in this clone`)
  }
}

/**
 * Copies a tree to `folder` and builds it.
 * @returns its output folder
 * @throws NothingToCompare when it does not build
 */
export async function buildTree(root: string, { name, commit }: Subject, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  if (commit === undefined) await copyWorkingTree(root, folder)
  else await copyCommit(root, commit, folder)
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  const dist = join(folder, 'dist')
  try {
    await run(process.execPath, [join(root, 'node_modules/@bufbuild/buf/bin/buf'), 'generate'], { cwd: folder })
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: folder })
  } catch (error) {
    // A fault of types in some file, perhaps a test, does not keep the others from being written: they can be measured.
    if (existsSync(join(dist, 'bench/suites/all.js'))) return dist
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new NothingToCompare(`${name} does not build with the installed packages\n${stdout ?? ''}${stderr ?? error}`)
  }
  return dist
}

async function copyCommit(root: string, commit: string, folder: string): Promise<void> {
  const archive = `${folder}.tar`
  await run('git', ['archive', '--format=tar', `--output=${archive}`, commit], { cwd: root })
  await run('tar', ['-xf', archive, '-C', folder])
  await rm(archive)
}

async function copyWorkingTree(root: string, folder: string): Promise<void> {
  const listed = await git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard')
  for (const path of listed.split('\0')) {
    if (path === '') continue
    await cp(join(root, path), join(folder, path)).catch((error: NodeJS.ErrnoException) => {
      // Deleted, and the deletion not committed.
      if (error.code !== 'ENOENT') throw error
    })
  }
}

async function git(root: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd: root, maxBuffer: outputBytesMax })
  return stdout.trim()
}
