/**
 * Which hooks reach which rules, and where chains loop. iptables-legacy and iptables-nft differ: behind a verdict without
 * conditions legacy looks at nothing, nft at everything. Source: Linux 6.18 net/ipv4/netfilter/ip_tables.c,
 * mark_source_chains() and unconditional(); net/netfilter/nf_tables_api.c, nft_chain_validate().
 */

import { BUILTIN_CHAINS, type Hook } from '../model/hook.ts';
import type { Backend, Chain, Rule, Table } from '../model/rule.ts';

interface Reach {
  /** Chain name to the hooks it can be entered from. */
  readonly hooks: ReadonlyMap<string, ReadonlySet<Hook>>;
  /** Rules whose jump closes a loop that a built-in chain can reach; loops elsewhere are accepted by the kernel. */
  readonly loops: ReadonlySet<Rule>;
  /** How many rules of a chain are looked at, from the first. */
  reached(chain: Chain): number;
}

/** `backend` null: not known, and judged like nft, which looks at more. */
export function reachableHooks(table: Table, backend: Backend): Reach {
  const chains = new Map<string, Chain>();
  for (const chain of table.chains) if (!chains.has(chain.name)) chains.set(chain.name, chain);
  const reached = (chain: Chain): number => {
    const last = backend === 'legacy' ? chain.rules.findIndex(isFinal) : -1;
    return last < 0 ? chain.rules.length : last + 1;
  };
  const hooks = new Map<string, Set<Hook>>();
  const loops = new Set<Rule>();
  for (const hook of BUILTIN_CHAINS[table.name]) {
    if (!chains.has(hook)) continue;
    // Depth-first with an explicit stack: chains may nest deeper than the engine's own call stack should.
    const state = new Map<string, 'open' | 'done'>();
    const stack: { readonly chain: Chain; readonly end: number; at: number }[] = [];
    const enter = (chain: Chain) => {
      state.set(chain.name, 'open');
      const from = hooks.get(chain.name) ?? new Set<Hook>();
      from.add(hook);
      hooks.set(chain.name, from);
      stack.push({ chain, end: reached(chain), at: 0 });
    };
    enter(chains.get(hook) as Chain);
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as (typeof stack)[number];
      const { rules } = top.chain;
      while (top.at < top.end && !rules[top.at]?.target?.isChain) top.at++;
      if (top.at >= top.end) {
        state.set(top.chain.name, 'done');
        stack.pop();
        continue;
      }
      const rule = rules[top.at++] as Rule;
      const to = rule.target && chains.get(rule.target.name);
      if (!to) continue;
      const seen = state.get(to.name);
      if (seen === 'open') loops.add(rule);
      else if (!seen) enter(to);
    }
  }
  return { hooks, loops, reached };
}

const FINAL: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'QUEUE', 'RETURN']);

/** A plain verdict for every packet. */
function isFinal({ broken, header, matches, target }: Rule): boolean {
  return broken === null && target !== null && !target.isChain && FINAL.has(target.name) && matches.length === 0 && header.text === '';
}
