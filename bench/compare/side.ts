/** The handle on one side's process. One message at a time: a side never works while the other is measured. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FromSide, ToSide } from './side-messages.js'
import type { Slice } from './slice.js'

/** A data set is prepared and a slice measured well within it. */
const answerTimeoutMs = 180_000
/** The last of what a side said is told when it fails. */
const logTailChars = 2_000

export interface SideWanted {
  /** Output folder of the tree to be measured. */
  readonly dist: string
  readonly suite: string
  /** Divides the sizes of the data sets. */
  readonly shrink: number
  /** Where its data sets go; whoever made the folder removes it. */
  readonly scratch: string
  /** The core it is pinned to; undefined: any. */
  readonly core: number | undefined
}

export class Side {
  readonly #child: ChildProcess
  #log = ''
  rows: readonly string[] = []

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stderr!.on('data', (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-logTailChars)
    })
  }

  /** @throws when the suite cannot be prepared */
  static async start({ dist, suite, shrink, scratch, core }: SideWanted): Promise<Side> {
    const program = fileURLToPath(new URL('./side-child.js', import.meta.url))
    const node = [process.execPath, program, `${dist}/bench/suites/all.js`, suite, String(shrink)]
    const command = core === undefined ? node : ['taskset', '-c', String(core), ...node]
    const env = { ...process.env, TMPDIR: scratch }
    const side = new Side(spawn(command[0]!, command.slice(1), { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }))
    const answer = await side.#answer()
    if (answer.type === 'prepared') side.rows = answer.rows
    return side
  }

  /** @param row its place in `rows` */
  async measure(row: number, sliceMs: number): Promise<Slice> {
    this.#tell({ type: 'slice', row, sliceMs })
    const answer = await this.#answer()
    if (answer.type !== 'slice') throw new Error(`a slice was due, and came ${answer.type}`)
    return answer.slice
  }

  async end(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#tell({ type: 'end' })
    await exited
  }

  /** For a comparison that failed: nothing is waited for. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #tell(message: ToSide): void {
    this.#child.send(message)
  }

  #answer(): Promise<FromSide> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer)
        this.#child.off('message', heard)
        this.#child.off('close', ended)
        act()
      }
      const heard = (message: unknown): void => settle(() => resolve(message as FromSide))
      const ended = (code: number | null): void =>
        settle(() => reject(new Error(`a side of the comparison ended with code ${code}\n${this.#log}`)))
      const timer = setTimeout(() => {
        this.kill()
        settle(() => reject(new Error(`a side did not answer within ${answerTimeoutMs} ms\n${this.#log}`)))
      }, answerTimeoutMs)
      this.#child.on('message', heard)
      this.#child.on('close', ended)
    })
  }
}
