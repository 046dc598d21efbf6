/** The call options of a binding, the same in `allocate` and `update`. */
import { type Command, Option } from 'commander'
import { Callback, Direction, Media } from '../../generated/xpool/v1/types.js'
import { choice, choices, count, duration } from '../options.js'

export interface CallOptionFlags {
  readonly cooldown?: number
  readonly grace?: number
  readonly graceDirection?: Direction
  readonly direction?: Direction
  readonly media?: Media[]
  readonly maxCall?: number
  readonly maxCalls?: number
  readonly releaseOnHangup?: boolean
  readonly record?: boolean
  readonly callback?: Callback
  readonly callbackNumber?: string
  readonly callbackWindow?: number
}

export function addCallOptions(command: Command): Command {
  const options = [
    duration('--cooldown <duration>', 'keep the number from others for so long after the end'),
    duration('--grace <duration>', 'permit call-backs for so long after the end'),
    choice('--grace-direction <direction>', 'in which direction', Direction, 'DIRECTION_'),
    choice('--direction <direction>', 'who may call whom', Direction, 'DIRECTION_'),
    choices('--media <medium...>', 'what is carried', Media, 'MEDIA_'),
    duration('--max-call <duration>', 'cut a call after so long'),
    count('--max-calls <n>', 'at most so many voice calls, 0 for no limit'),
    new Option('--release-on-hangup', 'end the binding when an answered call ends'),
    new Option('--no-release-on-hangup', 'do not'),
    new Option('--record', 'ask call control to record'),
    new Option('--no-record', 'do not'),
    choice('--callback <kind>', 'whom A reaches on its own number', Callback, 'CALLBACK_'),
    new Option('--callback-number <digits>', 'the number of --callback fixed'),
    duration('--callback-window <duration>', 'how long --callback last-caller remembers'),
  ]
  for (const option of options) command.addOption(option)
  return command
}

export function callOptionsOf(flags: CallOptionFlags) {
  return {
    cooldownMs: flags.cooldown,
    graceMs: flags.grace,
    graceDirection: flags.graceDirection,
    direction: flags.direction,
    media: flags.media,
    maxCallMs: flags.maxCall,
    maxCalls: flags.maxCalls,
    releaseOnHangup: flags.releaseOnHangup,
    record: flags.record,
    callback: flags.callback,
    callbackNumber: flags.callbackNumber,
    callbackWindowMs: flags.callbackWindow,
  }
}

export interface UserDataFlags {
  readonly userData?: string
  readonly userDataBase64?: string
}

export function userDataOptions(): Option[] {
  return [
    new Option('--user-data <text>', 'returned to the caller of resolve').conflicts('userDataBase64'),
    new Option('--user-data-base64 <data>', 'the same, as bytes'),
  ]
}

export function userDataOf({ userData, userDataBase64 }: UserDataFlags): Buffer | undefined {
  if (userData !== undefined) return Buffer.from(userData, 'utf8')
  return userDataBase64 === undefined ? undefined : Buffer.from(userDataBase64, 'base64')
}
