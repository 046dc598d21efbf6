/** Watch and WatchSystem: the requests checked, the calls handed to the hub. */
import { type handleServerStreamingCall, Metadata, type MethodDefinition } from '@grpc/grpc-js'
import type { DirectoryView } from '../../directory/view.js'
import {
  AdministrationServiceService as administration,
  WatchSystemRequest,
} from '../../generated/xpool/v1/administration.js'
import { AllocationServiceService as allocation, WatchRequest } from '../../generated/xpool/v1/allocation.js'
import { WatchKind } from '../../generated/xpool/v1/types.js'
import { Failure, malformedRequest } from '../failure.js'
import { tenantNotFound } from '../place-command.js'
import { statusOf } from '../status.js'
import type { Frame } from '../unary.js'
import { type Decoded, decodeMessage, encodeMessage, malformed, type WireType } from '../wire-codec.js'
import type { WatchHub, WatchWanted } from './watch-hub.js'

type WatchMethod<Request> = MethodDefinition<Decoded<Request>, Buffer>

/** The bytes pass unencoded: one message is composed for many readers. */
function watchMethod<Request>(path: string, request: WireType<Request>): WatchMethod<Request> {
  return {
    path,
    requestStream: false,
    responseStream: true,
    requestSerialize: (value) => (value === malformed ? Buffer.alloc(0) : encodeMessage(request, value)),
    requestDeserialize: (bytes) => decodeMessage(request, bytes),
    responseSerialize: (bytes) => bytes,
    responseDeserialize: (bytes) => bytes,
  }
}

export const watchMethods = {
  watch: watchMethod(allocation.watch.path, WatchRequest),
  watchSystem: watchMethod(administration.watchSystem.path, WatchSystemRequest),
} as const

/** The handler of Watch: a tenant's own events. */
export function watchOfTenant(hub: WatchHub, directory: DirectoryView, frame: Frame) {
  return handler(hub, frame, (request: WatchRequest) => {
    directory.refresh()
    const { tenant, resumeToken } = request
    if (tenant === '') return new Failure('FIELD_REQUIRED', 'tenant is required', { field: 'tenant' })
    const audience = directory.tenantByName(tenant)?.id
    if (audience === undefined) return tenantNotFound
    const kinds = kindsOf(request.kinds)
    return kinds instanceof Failure ? kinds : { audience, kinds, resumeToken }
  })
}

/** The handler of WatchSystem: what happens in all tenants, without parties. */
export function watchOfSystem(hub: WatchHub, frame: Frame) {
  return handler(hub, frame, (request: WatchSystemRequest) => {
    const { resumeToken } = request
    const kinds = kindsOf(request.kinds)
    return kinds instanceof Failure ? kinds : { audience: 'system', kinds, resumeToken }
  })
}

const known = Object.values(WatchKind).filter(
  (kind) => typeof kind === 'number' && kind > WatchKind.WATCH_KIND_UNSPECIFIED,
) as readonly number[]
const allKinds = maskOf(known)
const invalidKinds = new Failure('INVALID_OPTION', 'kinds names a kind that is none', { field: 'kinds' })

/** Bit n stands for WatchKind n; an empty list is all. */
function kindsOf(kinds: readonly number[]): number | Failure {
  if (kinds.length === 0) return allKinds
  return kinds.every((kind) => known.includes(kind)) ? maskOf(kinds) : invalidKinds
}

function maskOf(kinds: readonly number[]): number {
  return kinds.reduce((mask, kind) => mask | (1 << kind), 0)
}

/** A watch counts as answered once it is let in; what becomes of it later has metrics of its own. */
function handler<Request>(
  hub: WatchHub,
  frame: Frame,
  read: (request: Request) => WatchWanted | Failure,
): handleServerStreamingCall<Decoded<Request>, Buffer> {
  return (call) => {
    const startedMs = frame.metrics.begin()
    const opened = open()
    frame.metrics.done(startedMs, opened)
    if (opened !== undefined) call.emit('error', statusOf(opened))

    function open(): Failure | undefined {
      if (call.request === malformed) return malformedRequest
      try {
        const wanted = read(call.request)
        if (wanted instanceof Failure) return wanted
        const watcher = hub.open(wanted, {
          write: (message, taken) => void call.write(message, taken),
          fail: (failure) => void call.emit('error', statusOf(failure)),
        })
        if (watcher instanceof Failure) return watcher
        call.once('cancelled', () => hub.closed(watcher))
        // At once, also where nothing has happened since the token: the client sees that it is let in.
        call.sendMetadata(new Metadata())
        return undefined
      } catch (error) {
        return frame.faulted(error)
      }
    }
  }
}
