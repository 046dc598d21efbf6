/**
 * A CPU profile of one thread, from when it is ready to its orderly end, where the
 * environment asks for it: `node --cpu-prof` says nothing of worker threads that
 * are told to stop. It slows the thread by a few hundredths; without the variable
 * nothing is loaded and nothing runs.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Names the folder that the profiles of gateways and shards go to, a file `<thread>.cpuprofile` for each. */
export const profileFolderVariable = 'XPOOL_PROFILE_DIR'
/** Between two looks at what the thread is at: a second of load makes some thousand. */
const sampleUs = 200

/**
 * Begins a profile where one is wanted.
 * @returns ends it and writes its file
 */
export async function profileThread(name: string): Promise<() => Promise<void>> {
  const folder = process.env[profileFolderVariable]
  if (folder === undefined || folder === '') return async () => undefined
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: sampleUs })
  await session.post('Profiler.start')
  return async () => {
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    await writeFile(join(folder, `${name}.cpuprofile`), JSON.stringify(profile))
  }
}
