/**
 * The settings of `xpoold`, validated as a whole: every fault is found before
 * any is reported, so that an operator corrects a configuration once.
 */
import { resolve } from 'node:path'
import type { NumberRule } from '../core/canonical-number.js'
import { type Address, isLoopback, parseAddress } from './address.js'
import { helpText } from './help.js'
import { parseNumberRules } from './number-rules.js'
import { type RawSettings, type RawValue, readSettings, type SettingSources } from './read-settings.js'
import { type SettingName, settingRow } from './setting-table.js'

const logLevels = ['debug', 'info', 'warning', 'error'] as const
type LogLevel = (typeof logLevels)[number]

/** More threads than this on one machine is a typing error. */
export const threadsMax = 64

/** No span of connections is longer than a day, ms. */
export const connectionMsMax = 86_400_000
/** The shortest age and keepalive, ms: below it connections would do nothing but come and go. */
export const connectionMsMin = 1_000

/** What is done with gRPC connections that live long. */
export interface ConnectionSettings {
  /** A connection is asked to go after so long; 0: never. */
  readonly ageMs: number
  /** From then on its streams have so long to end. */
  readonly graceMs: number
  readonly keepaliveMs: number
  /** Gateways with more than their share ask connections to go. */
  readonly spread: boolean
}

export interface Settings {
  /** Absolute. */
  readonly dataDir: string
  readonly listen: Address
  readonly http: Address
  /** undefined: as many as the data folder has, and `defaultShards` of the cores for a new one. */
  readonly shards: number | undefined
  readonly gateways: number
  readonly connections: ConnectionSettings
  readonly dev: boolean
  readonly numberRules: readonly NumberRule[]
  readonly logLevel: LogLevel
}

export type SettingsResult =
  | { readonly kind: 'run'; readonly settings: Settings; readonly unknownVariables: readonly string[] }
  /** Asked for: print `text` on stdout and end with 0. */
  | { readonly kind: 'help' | 'version'; readonly text: string }
  /** Print `text` on stderr and end with 2. */
  | { readonly kind: 'faults'; readonly text: string }

export interface Surroundings extends SettingSources {
  /** Folder that a relative data folder is relative to. */
  readonly cwd: string
  /** As os.availableParallelism() counts them. */
  readonly cores: number
  readonly version: string
}

/** Shards of a new data folder: one core in four writes, for of ten requests nine are Resolve. */
export function defaultShards(cores: number): number {
  return Math.min(threadsMax, Math.max(1, Math.floor(cores / 4)))
}

/** Gateways: the cores that the shards leave, but for one for the main thread and background work. */
export function defaultGateways(cores: number): number {
  return Math.min(threadsMax, Math.max(1, cores - defaultShards(cores) - 1))
}

export function settingsFrom(given: Surroundings): SettingsResult {
  const raw = readSettings(given)
  if (raw.wants === 'help') return { kind: 'help', text: helpText() }
  if (raw.wants === 'version') return { kind: 'version', text: `xpoold ${given.version}\n` }
  const faults = [...raw.faults]
  const settings = validate(raw, given, faults)
  if (faults.length > 0) return { kind: 'faults', text: faultText(faults) }
  return { kind: 'run', settings, unknownVariables: raw.unknownVariables }
}

function faultText(faults: readonly string[]): string {
  const count = faults.length === 1 ? 'one setting is' : `${faults.length} settings are`
  return [
    `xpoold: ${count} wrong, nothing was started:`,
    ...faults.map((f) => `  ${f}`),
    'See xpoold --help.',
    '',
  ].join('\n')
}

type Parsed<T> = { readonly value: T } | { readonly fault: string }

function validate(raw: RawSettings, given: Surroundings, faults: string[]): Settings {
  function take<T>(name: SettingName, fallback: T, parse: (value: unknown) => Parsed<T>): T {
    const found: RawValue | undefined = raw.values.get(name)
    if (found === undefined) return fallback
    const parsed = parse(found.value)
    if ('value' in parsed) return parsed.value
    faults.push(`${found.where}: ${parsed.fault}`)
    return fallback
  }
  for (const name of ['tlsCert', 'tlsKey', 'tlsClientCa'] as const) take(name, undefined, refuseTls)
  const settings: Settings = Object.freeze({
    dataDir: resolve(given.cwd, take('data', settingRow('data').defaultText, parsePath)),
    listen: Object.freeze(take('listen', { host: '127.0.0.1', port: 7700 }, parseListen)),
    http: Object.freeze(take('http', { host: '127.0.0.1', port: 7701 }, parseListen)),
    shards: take<number | undefined>('shards', undefined, parseThreads),
    gateways: take('gateways', defaultGateways(given.cores), parseThreads),
    connections: Object.freeze({
      ageMs: take('connectionAge', 1_800_000, parseMs([0, connectionMsMin])),
      graceMs: take('connectionGrace', 300_000, parseMs([0, 0])),
      keepaliveMs: take('keepalive', 60_000, parseMs([connectionMsMin, connectionMsMin])),
      spread: take('spread', true, parseSwitch),
    }),
    dev: take('dev', false, parseSwitch),
    numberRules: Object.freeze(take('numberRules', [], parseRules)),
    logLevel: take<LogLevel>('logLevel', 'info', parseLevel),
  })
  const { listen, http } = settings
  if (listen.port !== 0 && listen.port === http.port && listen.host === http.host) {
    const places = (['listen', 'http'] as const).map((name) => raw.values.get(name)?.where ?? settingRow(name).flag)
    faults.push(`${places.join(' and ')}: both are ${listen.host}:${listen.port}; gRPC and HTTP need a port each`)
  }
  return settings
}

function parsePath(value: unknown): Parsed<string> {
  if (typeof value !== 'string' || value === '' || value.includes('\0'))
    return { fault: 'must be the path of a folder' }
  return { value }
}

function parseListen(value: unknown): Parsed<Address> {
  const address = typeof value === 'string' ? parseAddress(value) : undefined
  if (address === undefined) {
    return { fault: `${JSON.stringify(value)} is not HOST:PORT (an IPv6 host in brackets, a port from 0 to 65535)` }
  }
  if (isLoopback(address.host)) return { value: address }
  return {
    fault:
      `${address.host} is not a loopback address (127.0.0.0/8, ::1, localhost); tokens and TLS are not served yet, ` +
      'so anybody who reached it could read and end every binding',
  }
}

function parseThreads(value: unknown): Parsed<number> {
  const count = typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= threadsMax) return { value: count }
  return { fault: `${JSON.stringify(value)} is not a whole number from 1 to ${threadsMax}` }
}

/** @param range 0 where it has a meaning of its own, and the least of the others */
function parseMs([zero, least]: readonly [number, number]): (value: unknown) => Parsed<number> {
  return (value) => {
    const ms = typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value
    const whole = typeof ms === 'number' && Number.isInteger(ms) ? ms : -1
    if (whole === zero || (whole >= least && whole <= connectionMsMax)) return { value: whole }
    const or = zero === 0 && least > 0 ? '0 or ' : ''
    return { fault: `${JSON.stringify(value)} is not ${or}a whole number of ms from ${least} to ${connectionMsMax}` }
  }
}

function parseSwitch(value: unknown): Parsed<boolean> {
  if (value === true || value === 'true' || value === '1') return { value: true }
  if (value === false || value === 'false' || value === '0') return { value: false }
  return { fault: `${JSON.stringify(value)} is neither true nor false` }
}

function parseLevel(value: unknown): Parsed<LogLevel> {
  const level = logLevels.find((known) => known === value)
  return level === undefined
    ? { fault: `${JSON.stringify(value)} is not one of ${logLevels.join(', ')}` }
    : { value: level }
}

function parseRules(value: unknown): Parsed<readonly NumberRule[]> {
  let given = value
  if (typeof value === 'string') {
    try {
      given = JSON.parse(value)
    } catch (error) {
      return { fault: `not JSON: ${error instanceof Error ? error.message : String(error)}` }
    }
  }
  const { rules, faults } = parseNumberRules(given)
  return faults.length > 0 ? { fault: faults.join('; ') } : { value: rules }
}

/** An empty path asks for TLS too: whoever sets it believes the line is encrypted. */
function refuseTls(): Parsed<undefined> {
  return { fault: 'TLS is not served yet; remove it and listen on a loopback address' }
}
