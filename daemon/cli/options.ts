/** Options by the kind of their value, so that each kind is read and refused in one way. */
import { InvalidArgumentError, Option } from 'commander'
import type { Party } from '../generated/xpool/v1/types.js'
import { parseDuration } from './parse/duration.js'
import { namesOf, type ProtoEnum, parseEnum } from './parse/enum-name.js'
import { parseNumberBlock } from './parse/number-block.js'
import { parseParty } from './parse/party.js'
import { parseTime } from './parse/time.js'

export function duration(flags: string, description: string): Option {
  return read(flags, description, parseDuration, 'a length of time such as 90s, 30m, 2h, 1d, or milliseconds')
}

export function time(flags: string, description: string): Option {
  const wanted = 'a time such as 2026-03-01T08:00Z or 2026-03-01T16:00+08:00, or unix milliseconds'
  return read(flags, description, parseTime, wanted)
}

/** A whole number within bounds. */
export function count(flags: string, description: string, min = 0, max = Number.MAX_SAFE_INTEGER): Option {
  const parse = (text: string) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  }
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`
  return read(flags, description, parse, `a whole number ${bounds}`)
}

/** One value of a generated enum. */
export function choice(flags: string, description: string, type: ProtoEnum, prefix: string): Option {
  const names = namesOf(type, prefix).join(', ')
  return read(flags, `${description}: ${names}`, (text) => parseEnum(type, prefix, text), `one of ${names}`)
}

/** Several values of a generated enum, after one flag or after several. */
export function choices(flags: string, description: string, type: ProtoEnum, prefix: string): Option {
  const names = namesOf(type, prefix).join(', ')
  return gather(flags, `${description}: ${names}`, (text) => parseEnum(type, prefix, text), `one of ${names}`)
}

/** A real number, with an optional reference. */
export function party(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text): Party => parseParty(text))
}

export function parties(flags: string, description: string): Option {
  return gather(flags, description, parseParty, 'a number')
}

export function blocks(flags: string, description: string): Option {
  return gather(flags, description, parseNumberBlock, 'a range such as 700123456780000:10000 of at most 50,000 numbers')
}

export function block(flags: string, description: string): Option {
  return read(flags, description, parseNumberBlock, 'a range such as 700123456780000:10000 of at most 50,000 numbers')
}

export function poolOption(): Option {
  return new Option('--pool <name>', 'the pool').env('XPOOL_POOL')
}

export function tenantOption(): Option {
  return new Option('--tenant <name>', 'the tenant').env('XPOOL_TENANT')
}

/** Without --tenant a question is an operator's; with it, this makes it one all the same. */
export function operatorOption(): Option {
  return new Option('--as-operator', 'ask as an operator, also with --tenant')
}

function read<T>(flags: string, description: string, parse: (text: string) => T | undefined, wanted: string): Option {
  return new Option(flags, description).argParser((text: string) => required(parse(text), wanted))
}

function gather<T>(flags: string, description: string, parse: (text: string) => T | undefined, wanted: string): Option {
  return new Option(flags, description).argParser((text: string, before: T[] | undefined) => [
    ...(before ?? []),
    required(parse(text), wanted),
  ])
}

function required<T>(value: T | undefined, wanted: string): T {
  if (value === undefined) throw new InvalidArgumentError(`It must be ${wanted}.`)
  return value
}
