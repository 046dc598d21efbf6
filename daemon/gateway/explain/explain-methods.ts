/**
 * Explain and ExplainAny: what a request would come to, decided as it would be
 * and done not at all. A tenant asks about itself; an operator about anybody,
 * and sees no party in clear.
 */
import type { NumberRule } from '../../core/canonical-number.js'
import type { DirectoryView } from '../../directory/view.js'
import type { ExplainAnyRequest, ExplainAnyResponse } from '../../generated/xpool/v1/administration.js'
import type {
  AllocateRequest,
  ExplainedResolve,
  ExplainRequest,
  ExplainResponse,
} from '../../generated/xpool/v1/allocation.js'
import type { AllocateExplanation } from '../../generated/xpool/v1/types.js'
import { Check } from '../check.js'
import type { CommandDesk } from '../command-desk.js'
import { Failure } from '../failure.js'
import { tenantNotFound } from '../place-command.js'
import type { Resolved, Resolver } from '../resolver.js'
import { allocateExplanation } from './allocate-explanation.js'
import { maskedAllocate, maskedResponse } from './masked.js'
import { resolveExplanation, sourceOf } from './resolve-explanation.js'

/** What explanations stand on. */
export interface Explainers {
  readonly desk: CommandDesk
  readonly resolver: Resolver
  readonly directory: DirectoryView
  readonly rules: readonly NumberRule[]
}

const noQuestion = new Failure('FIELD_REQUIRED', 'one of allocate and resolve is required', { field: 'question' })
const otherTenant = (field: string) => new Failure('TENANT_MISMATCH', 'the question is about another tenant', { field })

/** Explain, of one tenant. */
export async function explain(
  { tenant, question }: ExplainRequest,
  parts: Explainers,
): Promise<ExplainResponse | Failure> {
  const check = new Check(parts.rules)
  check.name('tenant', tenant)
  if (check.fault !== undefined) return check.fault
  switch (question?.$case) {
    case 'allocate': {
      const asked = question.value
      if (asked.tenant !== '' && asked.tenant !== tenant) return otherTenant('allocate.tenant')
      const value = await explainAllocate({ ...asked, tenant }, parts)
      return value instanceof Failure ? value : { explanation: { $case: 'allocate', value } }
    }
    case 'resolve': {
      const resolved = parts.resolver.explain(question.value)
      if (resolved instanceof Failure) return resolved
      const value = ofTenant(tenant, resolved, parts)
      return value instanceof Failure ? value : { explanation: { $case: 'resolve', value } }
    }
    case undefined:
      return noQuestion
  }
}

/** ExplainAny, of all tenants. */
export async function explainAny(
  { question }: ExplainAnyRequest,
  parts: Explainers,
): Promise<ExplainAnyResponse | Failure> {
  switch (question?.$case) {
    case 'allocate': {
      const value = await explainAllocate(question.value, parts)
      return value instanceof Failure ? value : { explanation: { $case: 'allocate', value: maskedAllocate(value) } }
    }
    case 'resolve': {
      const resolved = parts.resolver.explain(question.value)
      if (resolved instanceof Failure) return resolved
      const { response, explanation } = explainedResolve(resolved, parts)
      return {
        explanation: { $case: 'resolve', value: { response: response && maskedResponse(response), explanation } },
      }
    }
    case undefined:
      return noQuestion
  }
}

async function explainAllocate(
  request: AllocateRequest,
  { desk, directory }: Explainers,
): Promise<AllocateExplanation | Failure> {
  const explained = await desk.explain(request)
  if (explained instanceof Failure) return explained
  return allocateExplanation(explained, request.pool, directory, desk.renew())
}

/** A route of another tenant is nobody else's to see; where no route decided there is nothing to see. */
function ofTenant(name: string, resolved: Resolved, parts: Explainers): ExplainedResolve | Failure {
  const tenant = parts.directory.tenantByName(name)
  if (tenant === undefined) return tenantNotFound
  const source = sourceOf(resolved.answer)
  if (source !== undefined && source.reservation.tenant !== tenant.id) return otherTenant('resolve.number')
  return explainedResolve(resolved, parts)
}

function explainedResolve(resolved: Resolved, { directory }: Explainers): ExplainedResolve {
  return { response: resolved.response, explanation: resolveExplanation(resolved, directory) }
}
