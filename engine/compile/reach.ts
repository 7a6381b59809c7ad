/** Which hooks reach which chains, and where chains loop. Source: Linux 6.18 ip_tables.c, mark_source_chains(). */

import { BUILTIN_CHAINS, type Hook } from '../model/hook.ts';
import type { Chain, Rule, Table } from '../model/rule.ts';

export interface Reach {
  /** Chain name to the hooks it can be entered from. */
  readonly hooks: ReadonlyMap<string, ReadonlySet<Hook>>;
  /** Rules whose jump closes a loop that a built-in chain can reach; loops elsewhere are accepted by the kernel. */
  readonly loops: ReadonlySet<Rule>;
}

export function reachableHooks(table: Table): Reach {
  const chains = new Map<string, Chain>();
  for (const chain of table.chains) if (!chains.has(chain.name)) chains.set(chain.name, chain);
  const hooks = new Map<string, Set<Hook>>();
  const loops = new Set<Rule>();
  for (const hook of BUILTIN_CHAINS[table.name]) {
    if (!chains.has(hook)) continue;
    // Depth-first with an explicit stack: chains may nest deeper than the engine's own call stack should.
    const state = new Map<string, 'open' | 'done'>();
    const stack: { readonly chain: Chain; at: number }[] = [];
    const enter = (chain: Chain) => {
      state.set(chain.name, 'open');
      const reached = hooks.get(chain.name) ?? new Set<Hook>();
      reached.add(hook);
      hooks.set(chain.name, reached);
      stack.push({ chain, at: 0 });
    };
    enter(chains.get(hook) as Chain);
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as { readonly chain: Chain; at: number };
      const rule = top.chain.rules[top.at++];
      if (!rule) {
        state.set(top.chain.name, 'done');
        stack.pop();
        continue;
      }
      const to = rule.target?.isChain ? chains.get(rule.target.name) : undefined;
      if (!to) continue;
      const seen = state.get(to.name);
      if (seen === 'open') loops.add(rule);
      else if (!seen) enter(to);
    }
  }
  return { hooks, loops };
}
