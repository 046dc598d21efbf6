/**
 * Reads what was given, wherever it was given, and judges nothing but its form:
 * flags, environment and file become one raw value per setting that remembers
 * where it came from, so that a fault found later can name the place.
 */
import { type SettingName, settingNames, settingRow } from './setting-table.js'

/** A configuration file larger than this is some other file. */
const configFileBytesMax = 1024 * 1024

/** Variables with our prefix that are somebody else's: the client's settings, and those of the tests. */
const othersVariables = [
  ...['XPOOL_SERVER', 'XPOOL_TOKEN', 'XPOOL_TOKEN_FILE', 'XPOOL_TENANT', 'XPOOL_POOL'],
  ...['XPOOL_SEED', 'XPOOL_MODEL_RUNS', 'XPOOL_BENCH', 'XPOOL_FAULT_POINTS'],
]
/** Kubernetes announces a service called "xpool" to every pod by variables of these forms. */
const announcedService = /^XPOOL(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_[A-Z0-9_]+)?)$/

export interface RawValue {
  /** Text from a flag or the environment, `true` from a bare switch, any JSON value from the file. */
  readonly value: unknown
  /** `--shards`, `XPOOL_SHARDS` or `shards in /etc/xpool.json`. */
  readonly where: string
}

export interface RawSettings {
  readonly values: ReadonlyMap<SettingName, RawValue>
  readonly faults: readonly string[]
  readonly wants: 'run' | 'help' | 'version'
  /** XPOOL_ variables that nothing reads, most likely misspelt. */
  readonly unknownVariables: readonly string[]
}

export interface SettingSources {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Throws as node:fs does. */
  readonly readFile: (path: string) => string
}

type Values = Map<SettingName, RawValue>

const byFlag = new Map<string, SettingName>(settingNames.map((name) => [settingRow(name).flag, name]))
const byEnv = new Map<string, SettingName>(settingNames.map((name) => [settingRow(name).env, name]))
const byKey = new Map<string | undefined, SettingName>(
  settingNames.filter((name) => settingRow(name).key !== undefined).map((name) => [settingRow(name).key, name]),
)

export function readSettings(sources: SettingSources): RawSettings {
  const faults: string[] = []
  const flags = readFlags(sources.argv, faults)
  const environment = readEnvironment(sources.env)
  const file = (flags.values.get('config') ?? environment.values.get('config'))?.value
  const fromFile = typeof file === 'string' ? readFile(file, sources.readFile, faults) : new Map()
  return {
    // A later entry of a Map replaces an earlier one: file, then environment, then flags.
    values: new Map([...fromFile, ...environment.values, ...flags.values]),
    faults,
    wants: flags.wants,
    unknownVariables: environment.unknown,
  }
}

function readFlags(argv: readonly string[], faults: string[]): { values: Values; wants: RawSettings['wants'] } {
  const values: Values = new Map()
  let wants: RawSettings['wants'] = 'run'
  for (let i = 0; i < argv.length; i += 1) {
    const argument = argv[i]!
    const equals = argument.indexOf('=')
    const flag = equals < 0 ? argument : argument.slice(0, equals)
    if (flag === '--help' || flag === '-h') wants = 'help'
    else if (flag === '--version' && wants === 'run') wants = 'version'
    if (['--help', '-h', '--version'].includes(flag)) continue
    const name = byFlag.get(flag)
    if (name === undefined) {
      faults.push(`${flag}: ${flag.startsWith('-') ? 'unknown flag' : 'xpoold takes flags only'}${nearest(flag)}`)
      // The value of a flag that we do not know is no second fault.
      if (flag.startsWith('--') && equals < 0 && isValue(argv[i + 1])) i += 1
      continue
    }
    let value: unknown = equals < 0 ? true : argument.slice(equals + 1)
    if (equals < 0 && settingRow(name).placeholder !== undefined) {
      if (!isValue(argv[i + 1])) {
        faults.push(`${flag}: needs a value, ${settingRow(name).placeholder}`)
        continue
      }
      i += 1
      value = argv[i]
    }
    if (values.has(name)) faults.push(`${flag}: given more than once`)
    values.set(name, { value, where: flag })
  }
  return { values, wants }
}

function isValue(argument: string | undefined): boolean {
  return argument !== undefined && !argument.startsWith('--')
}

/** An empty variable counts as absent: that is how compose files and unit files clear one. */
function readEnvironment(env: SettingSources['env']): { values: Values; unknown: string[] } {
  const values: Values = new Map()
  const unknown: string[] = []
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('XPOOL_') || value === undefined || value === '') continue
    const name = byEnv.get(variable)
    if (name !== undefined) values.set(name, { value, where: variable })
    else if (!othersVariables.includes(variable) && !announcedService.test(variable)) unknown.push(variable)
  }
  return { values, unknown: unknown.sort() }
}

function readFile(path: string, read: SettingSources['readFile'], faults: string[]): Values {
  const values: Values = new Map()
  let content: unknown
  try {
    const text = read(path)
    if (text.length > configFileBytesMax) {
      faults.push(`${path}: larger than ${configFileBytesMax} bytes`)
      return values
    }
    content = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof SyntaxError ? `not JSON: ${error.message}` : `cannot be read: ${errorText(error)}`
    faults.push(`${path}: ${reason}`)
    return values
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    faults.push(`${path}: must hold one JSON object`)
    return values
  }
  for (const [key, value] of Object.entries(content)) {
    const name = byKey.get(key)
    if (name === undefined) faults.push(`${key} in ${path}: unknown key${nearest(key)}`)
    else values.set(name, { value, where: `${key} in ${path}` })
  }
  return values
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The flag or key that was meant, if one is spelt nearly so. */
function nearest(given: string): string {
  const candidates: string[] = given.startsWith('-')
    ? [...byFlag.keys()]
    : settingNames.flatMap((n) => settingRow(n).key ?? [])
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z]/g, '')
  const meant = candidates.find((candidate) => {
    const [a, b] = [plain(candidate), plain(given)]
    return a === b || (b.length >= 4 && (a.startsWith(b) || b.startsWith(a)))
  })
  return meant === undefined ? '' : `; did you mean ${meant}?`
}
