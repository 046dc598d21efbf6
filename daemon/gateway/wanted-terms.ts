/** The call options that Allocate and Update have in common. */
import type { WantedTerms } from '../core/commands.js'
import { limits } from '../core/limits.js'
import type { DirectoryView } from '../directory/view.js'
import type { AllocateRequest } from '../generated/xpool/v1/allocation.js'
import type { Check } from './check.js'
import { callbackWords, directionWords, mediumWords } from './wire-words.js'

export type OptionsRequest = Pick<
  AllocateRequest,
  | 'graceMs'
  | 'graceDirection'
  | 'cooldownMs'
  | 'direction'
  | 'media'
  | 'maxCallMs'
  | 'maxCalls'
  | 'releaseOnHangup'
  | 'record'
  | 'callback'
  | 'callbackNumber'
  | 'callbackWindowMs'
>

/** Ranges that hold whatever pool and tenant say; the core holds them against those. */
export function readWantedTerms(check: Check, request: OptionsRequest, directory: DirectoryView): WantedTerms {
  const { callMsMin, callMsMax, cooldownMs, callbackWindowMsMax, callsMax } = limits
  return {
    graceMs: check.integerIfGiven('grace_ms', request.graceMs, 0, cooldownMs, 'INVALID_WINDOW'),
    graceDirection: check.word('grace_direction', directionWords, request.graceDirection),
    cooldownMs: check.integerIfGiven('cooldown_ms', request.cooldownMs, 0, cooldownMs, 'INVALID_WINDOW'),
    direction: check.word('direction', directionWords, request.direction),
    media: check.words('media', mediumWords, request.media),
    maxCallMs: check.integerIfGiven('max_call_ms', request.maxCallMs, callMsMin, callMsMax),
    maxCalls: check.integerIfGiven('max_calls', request.maxCalls, 0, callsMax),
    releaseOnHangup: request.releaseOnHangup,
    record: request.record,
    callback: check.word('callback', callbackWords, request.callback),
    callbackNumber: readCallbackNumber(check, request.callbackNumber, directory),
    callbackWindowMs: check.integerIfGiven('callback_window_ms', request.callbackWindowMs, 0, callbackWindowMsMax),
  }
}

function readCallbackNumber(check: Check, raw: string | undefined, directory: DirectoryView): string | undefined {
  if (raw === undefined || raw === '') return undefined
  const digits = check.number('callback_number', raw)
  refusePoolNumber(check, 'callback_number', digits, directory)
  return digits
}

/** A real number that is itself a proxy would make a call go round in circles. */
export function refusePoolNumber(check: Check, field: string, digits: string, directory: DirectoryView): void {
  if (digits === '' || directory.number(digits) === undefined) return
  check.refuse('INVALID_NUMBER', field, `${field} is a number of a pool`)
}
