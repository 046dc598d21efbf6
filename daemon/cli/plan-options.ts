/** The options of `plan` that are lists or shares. */
import { InvalidArgumentError, Option } from 'commander'
import type { Selection } from '../core/binding.js'
import { defaults, limits } from '../core/limits.js'
import { planLimits } from '../plan/limits.js'
import { parseDuration } from './parse/duration.js'

const refusedShareDefault = 0.001
const policies: Readonly<Record<string, Selection>> = { pack: 'PACK', spread: 'SPREAD', random: 'RANDOM' }

export function refusalsOption(): Option {
  return new Option('--refusals <share>', 'the share of bindings that may be refused')
    .default(refusedShareDefault)
    .argParser((text) => {
      const share = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN
      if (!(share >= 0 && share < 1)) throw new InvalidArgumentError('It must be from 0 to less than 1, such as 0.001.')
      return share
    })
}

export function cooldownsOption(): Option {
  return new Option('--cooldown <durations>', 'one or several, with commas in between')
    .default([defaults.cooldownMs], '30m')
    .argParser((text) => {
      const cooldowns = text.split(',').map((one) => parseDuration(one))
      const known = cooldowns.filter((ms) => ms !== undefined && ms <= limits.cooldownMs)
      if (known.length < cooldowns.length || known.length > planLimits.cooldowns) {
        throw new InvalidArgumentError(`It must be 1 to ${planLimits.cooldowns} of at most 7d each, such as 1h,6h,24h.`)
      }
      return known
    })
}

export function policiesOption(): Option {
  return new Option('--policies <names>', 'pack, spread, random: one or several')
    .default(Object.values(policies), 'all')
    .argParser((text) => {
      const named = text.split(',').map((name) => policies[name.trim().toLowerCase()])
      if (named.includes(undefined)) throw new InvalidArgumentError('It must be some of pack,spread,random.')
      return [...new Set(named)]
    })
}

export function areaOption(): Option {
  return new Option('--area <area>', 'bindings of this area alone')
}
