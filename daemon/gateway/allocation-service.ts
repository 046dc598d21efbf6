/** AllocationService: checks here, decisions on the shards, reads from their stores. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js'
import {
  AllocateRequest,
  AllocateResponse,
  GetBindingRequest,
  GetBindingResponse,
  ListBindingsRequest,
  ListBindingsResponse,
  AllocationServiceService as names,
  ReleaseRequest,
  ReleaseResponse,
  UpdateRequest,
  UpdateResponse,
} from '../generated/xpool/v1/allocation.js'
import { answerAllocations } from './allocation-stream.js'
import type { Allocator, Concluded, Request } from './allocator.js'
import type { AnswerBatch, BatchCall } from './batch-stream.js'
import { bindingMessage } from './binding-message.js'
import { Check } from './check.js'
import { Failure } from './failure.js'
import { type ListParts, listBindings } from './list-bindings.js'
import { bindingNotFound, placeOf, tenantIfNamed } from './place-command.js'
import { batchMethod } from './raw-batch.js'
import { answeredAtOnce, answeredLater, type CallContext, type Frame } from './unary.js'
import { unaryMethod } from './wire-codec.js'

export const allocationMethods = {
  allocate: unaryMethod(names.allocate.path, AllocateRequest, AllocateResponse),
  allocateStream: batchMethod(names.allocateStream.path),
  release: unaryMethod(names.release.path, ReleaseRequest, ReleaseResponse),
  update: unaryMethod(names.update.path, UpdateRequest, UpdateResponse),
  getBinding: unaryMethod(names.getBinding.path, GetBindingRequest, GetBindingResponse),
  listBindings: unaryMethod(names.listBindings.path, ListBindingsRequest, ListBindingsResponse),
} as const

export interface AllocationParts extends ListParts {
  readonly allocator: Allocator
  readonly frame: (method: string) => Frame
  readonly serveStream: (call: BatchCall, method: string, answer: AnswerBatch) => void
}

export function allocationService(parts: AllocationParts): UntypedServiceImplementation {
  const { allocator, frame, serveStream } = parts
  const streamParts = { allocator, ...frame('AllocateStream') }
  return {
    allocate: answeredLater(frame('Allocate'), (value: AllocateRequest, context) =>
      decide({ $case: 'allocate', value }, context, allocator),
    ),
    release: answeredLater(frame('Release'), (value: ReleaseRequest, context) =>
      decide({ $case: 'release', value }, context, allocator),
    ),
    update: answeredLater(frame('Update'), (value: UpdateRequest, context) =>
      decide({ $case: 'update', value }, context, allocator),
    ),
    getBinding: answeredAtOnce(frame('GetBinding'), (request: GetBindingRequest) => getBinding(request, parts)),
    listBindings: answeredLater(frame('ListBindings'), (request: ListBindingsRequest, context) =>
      listBindings(request, parts, context.signal),
    ),
    allocateStream: (call: BatchCall) => {
      const deadlineMs = Number(call.getDeadline())
      serveStream(call, 'AllocateStream', (raw, signal) => answerAllocations(raw, { deadlineMs, signal }, streamParts))
    },
  }
}

async function decide(request: Request, context: CallContext, allocator: Allocator): Promise<Concluded | Failure> {
  allocator.begin()
  const decided = allocator.submit(request, context)
  if (decided instanceof Failure) return decided
  const answer = await decided
  return allocator.conclude(answer, allocator.renew())
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
