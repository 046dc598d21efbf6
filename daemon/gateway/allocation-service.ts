/** AllocationService: checks here, decisions on the shards, reads from their stores. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js'
import { ProtoWriter } from '../bytes/proto-writer.js'
import type { DirectoryClient } from '../directory/view.js'
import {
  AllocateRequest,
  BanPartyCallerRequest,
  BanPartyCallerResponse,
  ExplainRequest,
  ExplainResponse,
  GetBindingRequest,
  GetBindingResponse,
  ListBindingsRequest,
  ListBindingsResponse,
  AllocationServiceService as names,
  ReleaseRequest,
  UnbanPartyCallerRequest,
  UnbanPartyCallerResponse,
  UpdateRequest,
} from '../generated/xpool/v1/allocation.js'
import { allocationBatches } from './allocation-stream.js'
import { banCaller, unbanCaller } from './ban-methods.js'
import type { AnswerBatch, BatchCall } from './batch-stream.js'
import { bindingMessage } from './binding-message.js'
import { Check } from './check.js'
import { writeBound } from './command-answers.js'
import { answerCommands } from './command-batch.js'
import type { BoundRequest, CommandDesk } from './command-desk.js'
import { type Explainers, explain } from './explain/explain-methods.js'
import { Failure } from './failure.js'
import { type ListParts, listBindings } from './list-bindings.js'
import { bindingNotFound, placeOf, tenantIfNamed } from './place-command.js'
import { batchMethod } from './raw-batch.js'
import { answeredAtOnce, answeredLater, type CallContext, type Frame } from './unary.js'
import type { WatchHub } from './watch/watch-hub.js'
import { watchMethods, watchOfTenant } from './watch/watch-methods.js'
import { unaryMethod, writtenMethod } from './wire-codec.js'

/** One answer is written at a time, and copied out before the next begins. */
const out = new ProtoWriter(4_096)

export const allocationMethods = {
  allocate: writtenMethod(names.allocate.path, AllocateRequest),
  allocateStream: batchMethod(names.allocateStream.path),
  release: writtenMethod(names.release.path, ReleaseRequest),
  update: writtenMethod(names.update.path, UpdateRequest),
  getBinding: unaryMethod(names.getBinding.path, GetBindingRequest, GetBindingResponse),
  listBindings: unaryMethod(names.listBindings.path, ListBindingsRequest, ListBindingsResponse),
  explain: unaryMethod(names.explain.path, ExplainRequest, ExplainResponse),
  banPartyCaller: unaryMethod(names.banPartyCaller.path, BanPartyCallerRequest, BanPartyCallerResponse),
  unbanPartyCaller: unaryMethod(names.unbanPartyCaller.path, UnbanPartyCallerRequest, UnbanPartyCallerResponse),
  watch: watchMethods.watch,
} as const

export interface AllocationParts extends ListParts {
  readonly desk: CommandDesk
  readonly directoryClient: DirectoryClient
  readonly explainers: Explainers
  readonly hub: WatchHub
  readonly frame: (method: string) => Frame
  readonly serveStream: (call: BatchCall, method: string, answer: AnswerBatch) => void
}

export function allocationService(parts: AllocationParts): UntypedServiceImplementation {
  const { desk, directory, frame, serveStream } = parts
  const batches = allocationBatches(directory)
  const streamParts = { desk, ...frame('AllocateStream') }
  const decide = (request: BoundRequest, context: CallContext) =>
    desk.decide(request, context, (end, nowMs) => {
      out.clear()
      writeBound(out, request.$case, end, directory, nowMs)
      return out.copied()
    })
  return {
    allocate: answeredLater(frame('Allocate'), (value: AllocateRequest, context) =>
      decide({ $case: 'allocate', value }, context),
    ),
    release: answeredLater(frame('Release'), (value: ReleaseRequest, context) =>
      decide({ $case: 'release', value }, context),
    ),
    update: answeredLater(frame('Update'), (value: UpdateRequest, context) =>
      decide({ $case: 'update', value }, context),
    ),
    watch: watchOfTenant(parts.hub, directory, frame('Watch')),
    getBinding: answeredAtOnce(frame('GetBinding'), (request: GetBindingRequest) => getBinding(request, parts)),
    listBindings: answeredLater(frame('ListBindings'), (request: ListBindingsRequest, context) =>
      listBindings(request, parts, context.signal),
    ),
    explain: answeredLater(frame('Explain'), (request: ExplainRequest) => explain(request, parts.explainers)),
    banPartyCaller: answeredLater(frame('BanPartyCaller'), (request: BanPartyCallerRequest) =>
      banCaller(request, 'own tenant', parts),
    ),
    unbanPartyCaller: answeredLater(frame('UnbanPartyCaller'), (request: UnbanPartyCallerRequest) =>
      unbanCaller(request, 'own tenant', parts),
    ),
    allocateStream: (call: BatchCall) => {
      const deadlineMs = Number(call.getDeadline())
      serveStream(call, 'AllocateStream', (raw, signal) =>
        answerCommands(batches, raw, { deadlineMs, signal }, streamParts),
      )
    },
  }
}

function getBinding(request: GetBindingRequest, parts: AllocationParts): GetBindingResponse | Failure {
  const { directory, shards, clock } = parts
  directory.refresh()
  const place = placeOf(new Check(parts.rules), request.bindingId, shards.length)
  if (place instanceof Failure) return place
  const tenant = tenantIfNamed(directory, request.tenant)
  if (tenant instanceof Failure) return tenant
  const reader = shards[place.shard]!
  reader.refresh()
  const nowMs = clock.now()
  const binding = reader.binding(place.seq)
  if (binding === undefined || (tenant !== undefined && binding.tenant !== tenant)) return bindingNotFound
  return { binding: bindingMessage(binding, place.shard, directory, nowMs) }
}
