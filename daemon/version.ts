import { readFileSync } from 'node:fs'

/** That of package.json, which lies above both the sources and the output. */
function read(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Record<
        string,
        string
      >
      if (name === 'xpool' && version !== undefined) return version
    } catch {
      // The other place has it.
    }
  }
  return 'unknown'
}

export const version = read()
