/** Progress on stderr: a bar on a terminal, else a line now and then, so that logs stay readable. */
import { SingleBar } from 'cli-progress'

/** Between two lines where there is no terminal. */
const plainEveryMs = 2_000

export interface Progress {
  /** @param note what else is to be said, such as the rate */
  update(value: number, note?: string): void
  stop(): void
}

export function startProgress(label: string, total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY === true ? bar(label, total, stream) : plain(label, total, stream)
}

function bar(label: string, total: number, stream: NodeJS.WriteStream): Progress {
  const single = new SingleBar({
    stream,
    format: `${label} [{bar}] {percentage}% | {value}/{total} | ETA {eta}s {note}`,
    hideCursor: true,
  })
  single.start(total, 0, { note: '' })
  return {
    update: (value, note = '') => single.update(Math.min(total, value), { note }),
    stop: () => single.stop(),
  }
}

function plain(label: string, total: number, stream: NodeJS.WriteStream): Progress {
  let saidAt = performance.now()
  return {
    update(value, note = '') {
      if (performance.now() - saidAt < plainEveryMs) return
      saidAt = performance.now()
      stream.write(`${label}: ${Math.floor((Math.min(total, value) / total) * 100)} % ${note}\n`)
    },
    stop: () => undefined,
  }
}

export const silent: Progress = { update: () => undefined, stop: () => undefined }
