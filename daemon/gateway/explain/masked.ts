/** Explanations as an operator may see them: no party in clear, and nothing of what the tenant wrote to itself. */
import { Outcome, type ResolveResponse } from '../../generated/xpool/v1/resolution.js'
import type { AllocateExplanation, Binding, Party } from '../../generated/xpool/v1/types.js'
import { mask } from '../../log/mask.js'

const nothing = Buffer.alloc(0)

export function maskedAllocate(explanation: AllocateExplanation): AllocateExplanation {
  return { ...explanation, binding: explanation.binding && maskedBinding(explanation.binding) }
}

/** The callee of a FALLBACK is the pool's own number; that of a CONNECT is a person's. */
export function maskedResponse(response: ResolveResponse): ResolveResponse {
  const callee = response.outcome === Outcome.OUTCOME_CONNECT ? mask(response.callee) : response.callee
  return { ...response, callee, userData: nothing }
}

function maskedBinding(binding: Binding): Binding {
  const { a, b, members, options } = binding
  return {
    ...binding,
    a: a && maskedParty(a),
    b: b && maskedParty(b),
    members: members.map(maskedParty),
    options: options && { ...options, callbackNumber: mask(options.callbackNumber) },
    orderId: '',
    userData: nothing,
  }
}

function maskedParty({ number }: Party): Party {
  return { number: mask(number), verificationRef: '' }
}
