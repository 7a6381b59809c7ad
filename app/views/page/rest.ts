/** What no first step on a phone needs: one chunk beside the page's own. Only `rest-parts.tsx` may import it. */

export { PacketBody } from '../packet/packet-body.tsx';
export { Path } from '../path/path.tsx';
export { Start } from '../rules/start.tsx';
export { StatePanel } from '../state/state-panel.tsx';
export { Copies } from '../why/copies.tsx';
export { RuleProblems } from '../why/rule-problems.tsx';
export { Why } from '../why/why.tsx';
