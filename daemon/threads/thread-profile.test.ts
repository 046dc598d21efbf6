import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { profileFolderVariable, profileThread } from './thread-profile.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xpool.profile-'))
})
afterEach(() => {
  delete process.env[profileFolderVariable]
  rmSync(folder, { recursive: true, force: true })
})

test('without the variable nothing is profiled and nothing is written', async () => {
  const end = await profileThread('gateway-0')
  await end()
  expect(readdirSync(folder)).toEqual([])
})

test('a thread that is asked to profiles itself from then to its end', async () => {
  process.env[profileFolderVariable] = folder
  const end = await profileThread('gateway-0')
  spinForProfile()
  await end()
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, 'gateway-0.cpuprofile'), 'utf8'))
  expect(samples.length).toBe(timeDeltas.length)
  expect(nodes.map((node: { callFrame: { functionName: string } }) => node.callFrame.functionName)).toContain(
    'spinForProfile',
  )
})

function spinForProfile(): void {
  for (const until = performance.now() + 60; performance.now() < until; );
}
