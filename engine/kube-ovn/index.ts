/**
 * From a cluster to a node. Kube-OVN's users think in Subnets, gateways and policy rules; what meets a packet is sets, rules, marks and
 * routes. This room reads a description of a cluster (Kubernetes objects, or a few fields by hand), writes the snapshot of one of its nodes as
 * kube-ovn-cni and kube-proxy would have left it, for a chosen release and mode, and says of every rule and set what it is for and which
 * object asks for it. Everything follows Kube-OVN's source (commit 1533681d7, 2026-08-22, and the tags v1.10.7 to v1.16.2).
 */

export type { Cluster, ClusterProblem, ObjectReference, Bilingual } from './cluster.ts';
export { readCluster, type ClusterReading } from './read/cluster.ts';
export { optionsShape, readOptions, type NodeOptions, type OptionProblem, type OptionsJson } from './options.ts';
export { KUBE_PROXY_CHAINS, KUBE_PROXY_MODES, NETWORK_TYPES, RULE_ORDERS } from './options.ts';
export { RELEASE_SERIES } from './releases.ts';
export { generatedRuleAt, generateNode, type GeneratedNode, type GenerationFailure } from './node.ts';
export type { GeneratedRule, RuleChain } from './tables.ts';
export type { GeneratedSet } from './sets.ts';
export { explainGeneratedRule, explainMark, explainRuleText, explainSet, originWords, type RuleExplanation, type SetExplanation } from './explain.ts';
export { explainerOf, objectWords, setOfClause, type Explainer, type MarkWriteExplanation, type RulePlace } from './explainer.ts';
export { afterMark, markOverlaps, MARKS, matchesMark, type MarkOverlap, type MarkRow } from './marks.ts';
export { policyRuleId } from './policy-rule-id.ts';
export { RULE_ROWS } from './rules/index.ts';
export type { RuleRow } from './rules/row.ts';
