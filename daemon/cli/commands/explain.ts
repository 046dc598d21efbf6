/** `explain`: what an allocation would do, and why a call is answered as it is. It changes nothing. */
import { type Command, Option } from 'commander'
import type { XpoolClient } from '../../client/client.js'
import { complete } from '../../client/unary.js'
import type { ExplainAnyRequest } from '../../generated/xpool/v1/administration.js'
import { AllocateRequest, type ExplainResponse } from '../../generated/xpool/v1/allocation.js'
import { ResolveRequest } from '../../generated/xpool/v1/resolution.js'
import { Media } from '../../generated/xpool/v1/types.js'
import { choice, operatorOption, tenantOption } from '../options.js'
import { allocateExplanationText, resolveExplanationText } from '../render/explanation.js'
import { explainEnums, jsonOf } from '../render/json.js'
import type { Cli, Report } from '../session.js'
import { type AllocateFlags, addAllocateOptions, allocateRequestOf } from './allocate-options.js'

type Question = ExplainAnyRequest['question']
type Explanation = ExplainResponse['explanation']

interface Asker {
  readonly tenant?: string
  readonly asOperator?: boolean
}

interface ResolveFlags extends Asker {
  readonly extension?: string
  readonly media?: Media
}

export function addExplain(program: Command, cli: Cli): void {
  const explain = program
    .command('explain')
    .summary('why an answer is what it is')
    .description('Why an answer is what it is. It changes nothing and uses no quota.')
  addExplainAllocate(explain, cli)
  addExplainResolve(explain, cli)
}

function addExplainAllocate(parent: Command, cli: Cli): void {
  const command = parent
    .command('allocate')
    .summary('what an allocation would do')
    .description('What an allocation would do now, which number it would get and why, or why none.')
    .addOption(operatorOption())
  addAllocateOptions(command).action((flags: AllocateFlags & Asker) =>
    explained(command, cli, flags, {
      $case: 'allocate',
      value: complete(AllocateRequest, allocateRequestOf(flags)),
    }),
  )
}

function addExplainResolve(parent: Command, cli: Cli): void {
  const command = parent
    .command('resolve')
    .summary('why a call is answered as it is')
    .description("Why a call is answered as it is: a tenant's own with --tenant, else anybody's, for an operator.")
    .argument('<number>', 'the number dialled')
    .argument('[caller]', 'who calls; left out when withheld')
  const options = [
    tenantOption(),
    operatorOption(),
    new Option('--extension <digits>', 'the extension dialled'),
    choice('--media <medium>', 'what kind of call', Media, 'MEDIA_'),
  ]
  for (const option of options) command.addOption(option)
  command.action((number: string, caller: string | undefined, flags: ResolveFlags) => {
    const { extension, media } = flags
    const question = complete(ResolveRequest, { number, caller, extension, media })
    return explained(command, cli, flags, { $case: 'resolve', value: question })
  })
}

async function explained(command: Command, cli: Cli, asker: Asker, question: Question): Promise<void> {
  await cli.online(command, async (client, { globals }) =>
    explanationReport(await explanationOf(client, asker, question), globals.reveal),
  )
}

async function explanationOf(client: XpoolClient, asker: Asker, question: Question): Promise<Explanation> {
  const { tenant, asOperator } = asker
  if (tenant === undefined || asOperator === true) return (await client.explainAny({ question })).explanation
  return (await client.explain({ tenant, question })).explanation
}

function explanationReport(explanation: Explanation, reveal: boolean): Report {
  return {
    json: () => (explanation === undefined ? {} : { [explanation.$case]: jsonOf(explanation.value, explainEnums) }),
    text: () => {
      if (explanation === undefined) return 'The answer holds no explanation.'
      return explanation.$case === 'allocate'
        ? allocateExplanationText(explanation.value, reveal, Date.now())
        : resolveExplanationText(explanation.value, reveal)
    },
  }
}
