/**
 * What targets do: effects are data, applied here and recorded as changes. NAT, REJECT and the like hand over to the
 * part of the stack that does the work.
 */

import { changeSet, countHits, lostByChange, mappedValues, type SetHits } from '../extension/settype/index.ts';
import { FIELD, SOCKET, type Field } from '../model/field.ts';
import { formatRuleAddress, type RuleAddress } from '../model/rule.ts';
import { NOT_KNOWN, type FieldChange } from '../model/trace.ts';
import type { Action, Effect, Verdict } from '../model/test.ts';
import { formatAddress, maskWords, type Words } from '../net/address.ts';
import { translatePrefix } from '../net/prefix-translation.ts';
import { PROTO } from '../net/protocol.ts';
import { addressChanged } from './checksum.ts';
import { updateEntry } from './conntrack.ts';
import { setContext } from './evaluation.ts';
import { emitIcmpError, emitReject, emitTee } from './emit.ts';
import { hashMark } from './hash-mark.ts';
import { networkHeaderLength, stripOptions } from '../model/packet-length.ts';
import { natTarget } from './nat.ts';
import type { Walker } from './run.ts';
import { loadConntrack, makeUnknown, read, readWords, setUnknown, unknownBits, write, writeWords, type TemplateMark } from './skb.ts';
import { isTransparent, peerOf, socketFor } from './socket.ts';
import { unreadSocket } from './unread.ts';
import { meetSynProxy } from './syn-proxy.ts';
import { clampMss } from './tcpmss.ts';
import { valueText } from './value.ts';

interface Applied {
  readonly verdict: Verdict;
  readonly changes: readonly FieldChange[];
  /** What happened beyond the change of a field; null if nothing. */
  readonly text: string | null;
  /** The packet was refused with an answer. */
  readonly rejected: boolean;
  /** The packet waits for a program. */
  readonly queued: boolean;
  /** Nobody listened on the queue and the packet goes on: to the kernel the hook's answer is still not ACCEPT. */
  readonly bypassed: boolean;
}

interface Scratch {
  verdict: Verdict;
  readonly changes: FieldChange[];
  text: string | null;
  rejected: boolean;
  queued: boolean;
  bypassed: boolean;
}

/** @param out device the hook's rules see as `-o` */
export function applyAction(walker: Walker, action: Action, at: RuleAddress, out: string | null): Applied {
  const applied: Scratch = { verdict: action.verdict, changes: [], text: null, rejected: false, queued: false, bypassed: false };
  for (const effect of action.effects) applyEffect(walker, effect, at, out, applied);
  return applied;
}

/** To the left; to the right if `by` is negative. Less than 32 bits: the kernel refuses more. */
function shifted(bits: number, by = 0): number {
  return by < 0 ? bits >>> -by : (bits << by) >>> 0;
}

function applyEffect(walker: Walker, effect: Effect, at: RuleAddress, out: string | null, applied: Scratch): void {
  const { skb, run } = walker;
  switch (effect.op) {
    case 'assign':
      return assign(walker, effect, applied);
    case 'add': {
      const unknown = unknownBits(skb, effect.field) === 0 ? 0 : 0xffffffff;
      return change(walker, effect.field, Math.min(255, Math.max(0, read(skb, effect.field) + effect.delta)), unknown, applied);
    }
    case 'connmark':
      return changeConnmark(walker, effect, applied);
    case 'hash-mark': {
      const mark = hashMark(skb, effect);
      if (mark === null) applied.text = 'no connection, so there is nothing to hash';
      else change(walker, FIELD.mark, mark === 'unknown' ? 0 : mark, mark === 'unknown' ? 0xffffffff : 0, applied, mark === 'unknown' ? [at] : []);
      return;
    }
    case 'nat': {
      const decision = natTarget(walker, effect.kind, effect.range, out);
      applied.verdict = decision.verdict;
      applied.text = decision.text;
      return;
    }
    case 'reject':
      applied.rejected = true;
      applied.text = emitReject(walker, effect.with);
      return;
    case 'syn-proxy': {
      const { verdict, text } = meetSynProxy(walker, effect);
      applied.verdict = verdict;
      applied.text = text;
      return;
    }
    case 'tproxy':
      return tproxy(walker, effect, applied);
    case 'prefix':
      return changePrefix(walker, effect, applied);
    case 'strip-options':
      if (skb.packet.fragOffset > 0) return;
      skb.packet = stripOptions(skb.packet, effect.kinds);
      skb.frozen = null;
      return;
    case 'notrack':
      if (skb.ct || skb.untracked || skb.ctBarred || skb.template) return;
      skb.untracked = true;
      return loadConntrack(skb, run.draft.now);
    case 'ct-template':
      return attachTemplate(walker, effect, at, applied);
    case 'set-entry':
      return changeSetEntry(walker, effect, applied);
    case 'set-map':
      return mapSetEntry(walker, effect, at, applied);
    case 'unmodelled':
      applied.text = `not modelled: ${effect.what}`;
      if (skb.ct && effect.changes.includes(FIELD.ctMark)) {
        updateEntry(run, skb.ct, { markUnknown: { bits: 0xffffffff, because: [...skb.unknownBecause, at] } });
        loadConntrack(skb, run.draft.now);
      }
      return makeUnknown(skb, effect.changes, at);
    case 'tcpmss':
      return changeMss(walker, effect, applied);
    case 'queue':
      return enqueue(walker, effect, applied);
    case 'tee':
      return emitTee(walker, effect.gateway, effect.out);
    case 'log':
    case 'trace':
      return;
  }
}

function assign(walker: Walker, effect: Extract<Effect, { op: 'assign' }>, applied: Scratch): void {
  const { skb } = walker;
  // set_ect_tcp() wants a whole header, and takes what a later fragment begins with for one.
  if (effect.field === FIELD.tcpFlags && read(skb, FIELD.length) - networkHeaderLength(skb.packet) < TCP_HEADER) {
    applied.verdict = 'DROP';
    applied.text = 'there is no whole TCP header to change: dropped';
    return;
  }
  // What is written is known, whatever it was before.
  return change(walker, effect.field, ((read(skb, effect.field) & ~effect.mask) ^ effect.value) >>> 0, unknownBits(skb, effect.field) & ~effect.mask, applied);
}

function changeConnmark(walker: Walker, effect: Extract<Effect, { op: 'connmark' }>, applied: Scratch): void {
  const { skb, run } = walker;
  // A CT target has attached a template, which is an entry of its own.
  const kept = skb.ct?.entry ?? skb.template?.marked;
  if (!kept) {
    applied.text = 'no connection, so there is no mark to change';
    return;
  }
  const { mark: ctMark, markUnknown } = kept;
  const mark = read(skb, FIELD.mark);
  const [open, ctOpen] = [unknownBits(skb, FIELD.mark), markUnknown?.bits ?? 0];
  const because = markUnknown?.because ?? [];
  if (effect.mode === 'restore') {
    const unknown = (open & ~effect.nfMask) | shifted(ctOpen & effect.ctMask, effect.shift);
    return change(walker, FIELD.mark, ((mark & ~effect.nfMask) ^ shifted(ctMark & effect.ctMask, effect.shift)) >>> 0, unknown, applied, because);
  }
  const saved = effect.mode === 'save' ? effect.nfMask : 0;
  const set = ((ctMark & ~effect.ctMask) ^ effect.value) >>> 0;
  const changed = effect.mode === 'set' ? shifted(set, effect.shift) : ((ctMark & ~effect.ctMask) ^ shifted(mark & saved, effect.shift)) >>> 0;
  const bits = effect.mode === 'set' ? shifted(ctOpen & ~effect.ctMask, effect.shift) : ((ctOpen & ~effect.ctMask) | shifted(open & saved, effect.shift)) >>> 0;
  applied.changes.push({ field: 'ctmark', from: ctOpen === 0 ? ctMark : NOT_KNOWN, to: bits === 0 ? changed : NOT_KNOWN });
  const causes = (open & saved) === 0 ? because : [...because, ...skb.unknownBecause];
  const after: TemplateMark = { mark: changed, ...(bits === 0 ? {} : { markUnknown: { bits, because: causes } }) };
  if (skb.ct) {
    const { markUnknown: _, ...rest } = skb.ct.entry;
    skb.ct.entry = rest;
    updateEntry(run, skb.ct, after);
  } else if (skb.template) {
    skb.template.marked = after;
    run.draft.ruleStates.set(skb.template.key, after);
  }
  return loadConntrack(skb, run.draft.now);
}

/** xt_ct_target(): what has an entry, or is not tracked, keeps what it has. */
function attachTemplate(walker: Walker, effect: Extract<Effect, { op: 'ct-template' }>, at: RuleAddress, applied: Scratch): void {
  const { skb, run } = walker;
  if (skb.ct || skb.untracked || skb.ctBarred || skb.template) return;
  const key = `ct-template:${formatRuleAddress(at)}`;
  const marked = (run.draft.ruleStates.get(key) as TemplateMark | undefined) ?? { mark: 0 };
  skb.template = { zone: effect.zone ?? 0, direction: effect.zoneDirection, helper: effect.helper, key, marked };
  applied.text = effect.helper ? `the helper ${effect.helper} will read what the connection carries; what it makes of that is not modelled` : null;
  return loadConntrack(skb, run.draft.now);
}

function changeMss(walker: Walker, effect: Extract<Effect, { op: 'tcpmss' }>, applied: Scratch): void {
  const { skb } = walker;
  const result = clampMss(walker, effect);
  if (result === 'no-room') {
    applied.verdict = 'DROP';
    applied.text = 'the MTU of the way leaves no room for a segment: dropped';
  } else if (result) {
    applied.changes.push({ field: 'mss', from: result.from ?? 'none', to: result.to });
    skb.packet = result.packet;
    skb.frozen = null;
    if (result.length !== null) write(skb, FIELD.length, result.length);
  }
}

function enqueue(walker: Walker, effect: Extract<Effect, { op: 'queue' }>, applied: Scratch): void {
  const { run } = walker;
  const { number, last = number } = effect;
  const listeners = new Set(run.world.environment.queues?.filter((queue) => queue >= number && queue <= last)).size;
  const listened = listeners > 0;
  if (listened && listeners <= last - number) run.doubts.add(`which of the queues ${number} to ${last} the packet gets is not modelled, and nobody listens on some`);
  applied.queued = listened;
  applied.bypassed = !listened && effect.bypass;
  applied.verdict = listened ? 'QUEUE' : effect.bypass ? 'ACCEPT' : 'DROP';
  applied.text = listened
    ? `waits for the program on queue ${last === number ? number : `${number} to ${last}`}`
    : effect.bypass
      ? `nobody listens on queue ${effect.number}: the rest of the table is skipped`
      : `nobody listens on queue ${effect.number}: dropped`;
}

/** @param unknown bits that are not known afterwards, because of the rules known for it and of `because` */
function change(walker: Walker, field: Field, value: number, unknown: number, applied: Scratch, because: readonly RuleAddress[] = []): void {
  const { skb, run } = walker;
  const shown = (bits: number, known: number) => (bits === 0 ? valueText(run.world.names, skb.family, field, known, 'json') : NOT_KNOWN);
  applied.changes.push({ field: field.name, from: shown(unknownBits(skb, field), read(skb, field)), to: shown(unknown, value) });
  write(skb, field, value);
  setUnknown(skb, field, unknown, ...because);
}

/** ip6t_snpt_tg(), ip6t_dnpt_tg(). */
function changePrefix(walker: Walker, effect: Extract<Effect, { op: 'prefix' }>, applied: Scratch): void {
  const { skb } = walker;
  const from = readWords(skb, effect.field);
  const translated = (address: Words) => translatePrefix(address, effect.prefix, effect.length, effect.adjustment);
  const { words, neutral } = translated(from);
  applied.changes.push({ field: effect.field.name, from: formatAddress(skb.family, from), to: formatAddress(skb.family, words) });
  writeWords(skb, effect.field, words);
  if (!neutral) {
    applied.verdict = 'DROP';
    applied.text = `no part of the address can take up the difference; ${emitIcmpError(walker, 'icmp-error', 4, 0)}`;
    return;
  }
  const { packet } = skb;
  // Of an address with another prefix than the rule's the adjustment is not the difference, and sums over it no longer hold.
  if (addressChanged(walker, from, words) && (skb.sumOff !== 0 || skb.packet.badChecksum))
    applied.text = 'the address has another prefix than the rule’s: checksums over it are wrong from here on';
  const { inner } = skb.packet;
  // Nobody says of what a process sends whole where its ICMP header begins (rawv6_send_hdrinc()).
  if (read(skb, FIELD.socket) === SOCKET.process) return;
  // icmpv6_bounced_ipv6hdr() looks for the error right behind the header of IPv6.
  if (inner?.family !== 'ipv6' || packet.icmpType >= FIRST_ICMPV6_QUERY || packet.extensionHeaders.length > 0 || packet.moreFragments) return;
  const side = effect.field === FIELD.src ? 'dst' : 'src';
  const quoted = inner[side];
  const mask = maskWords('ipv6', effect.fromLength);
  if (quoted?.every((word, i) => ((word ^ (effect.from[i] as number)) & (mask[i] as number)) === 0))
    skb.packet = { ...skb.packet, inner: { ...inner, [side]: translated(quoted).words } };
  skb.frozen = null;
}

/** Bytes of a TCP header without options. */
const TCP_HEADER = 20;
/** icmpv6_is_err(): types below are errors. */
const FIRST_ICMPV6_QUERY = 128;

/** tproxy_tg4(): a transparent socket gets the packet, or it is dropped. */
function tproxy(walker: Walker, effect: Extract<Effect, { op: 'tproxy' }>, applied: Scratch): void {
  const { skb, run } = walker;
  const dst = readWords(skb, FIELD.dst);
  const given = effect.address?.some((word) => word !== 0) ? effect.address : null;
  const device = run.world.network.interfaces.find((candidate) => candidate.name === skb.device);
  // nf_tproxy_laddr6() passes over addresses that IPv6 no longer uses, or not yet.
  const address = given ?? device?.addresses.find((own) => own.family === skb.family && !own.tentative && !own.deprecated)?.local ?? dst;
  const port = effect.port || read(skb, FIELD.dport);
  const proto = read(skb, FIELD.proto);
  const { sockets } = run.world;
  const aim = { family: skb.family, proto, device: skb.device ?? 'lo' };
  // First who is connected to the sender, then who listens where the rule says.
  const own = socketFor(sockets, { ...aim, dst, port: read(skb, FIELD.dport) }, peerOf(skb));
  // nf_tproxy_get_sock_v4(): of datagrams, who is connected to the sender stands before who listens, and is then not taken.
  const there = own?.remote ? own : socketFor(sockets, { ...aim, dst: address, port }, proto === PROTO.udp ? peerOf(skb) : null);
  const socket = (proto !== PROTO.tcp && proto !== PROTO.udp) || (there?.remote && !own?.remote) ? null : there;
  // Given or dropped: neither can be told.
  const doubt =
    socket && isTransparent(socket) === null
      ? `whether the socket on port ${port} is transparent is not known: "ss" does not tell, "transparent" of environment.sockets does`
      : socket
        ? null
        : unreadSocket(sockets.unread, port);
  if (doubt !== null) {
    run.doubts.add(doubt);
    applied.verdict = 'DROP';
    applied.text = doubt;
    return;
  }
  if (!socket?.transparent) {
    if (sockets.all.length === 0) run.notes.add('no sockets are stated ("ss", environment.sockets): nothing listens, so TPROXY drops');
    applied.verdict = 'DROP';
    applied.text = socket ? `the socket on port ${port} is not transparent` : `no transparent socket on ${formatAddress(skb.family, address)} port ${port}`;
    return;
  }
  change(walker, FIELD.mark, ((read(skb, FIELD.mark) & ~effect.mask) ^ effect.mark) >>> 0, unknownBits(skb, FIELD.mark) & ~effect.mask, applied);
  skb.socketAttached = true;
  skb.owner = socket;
  applied.verdict = 'ACCEPT';
  applied.text = `given to the transparent socket on ${formatAddress(skb.family, address)} port ${port}`;
}

function changeSetEntry(walker: Walker, effect: Extract<Effect, { op: 'set-entry' }>, applied: Scratch): void {
  const { skb, run } = walker;
  const state = run.draft.sets?.get(effect.set);
  if (!state) {
    applied.text = `the set "${effect.set}" is not known`;
    return;
  }
  const context = setContext(run.world, skb.family, { now: run.draft.now, sets: run.draft.sets, unknown: skb.unknown }, null);
  const lost = lostByChange(state, effect.sides, skb.regs, context);
  if (lost.length > 0) {
    for (const name of lost) run.draft.forgetSet(name);
    skb.frozen = null;
    applied.text = `what it ${effect.action === 'add' ? 'adds to' : 'deletes from'} "${effect.set}" is not known, and so is the set from here on`;
    return;
  }
  const changed = changeSet(effect.action, state, effect.sides, skb.regs, context, effect);
  for (const [name, after] of changed) {
    run.draft.setSet(name, after);
    applied.changes.push({ field: `set ${name}`, from: '', to: effect.action === 'add' ? 'entry added' : 'entry deleted' });
  }
  if (changed.size > 0) skb.frozen = null;
}

/** set_target_v3(): the transmit queue is for the device to choose, and nothing that a rule could see. */
function mapSetEntry(walker: Walker, effect: Extract<Effect, { op: 'set-map' }>, at: RuleAddress, applied: Scratch): void {
  const { skb, run } = walker;
  const state = run.draft.sets?.get(effect.set);
  const hits: SetHits = { states: [], positions: [] };
  const context = setContext(run.world, skb.family, { now: run.draft.now, sets: run.draft.sets, unknown: skb.unknown }, hits);
  const found = state ? mappedValues(state, effect.sides, skb.regs, context) : 'unknown';
  for (const [name, after] of countHits(hits, skb.regs, run.draft.now)) {
    run.draft.setSet(name, after);
    skb.frozen = null;
  }
  if (found === 'unknown') {
    applied.text = state ? `whether the packet is in "${effect.set}" is not known, and so is what it takes over` : `the set "${effect.set}" is not known`;
    return makeUnknown(skb, [...(effect.mark ? [FIELD.mark] : []), ...(effect.priority ? [FIELD.priority] : [])], at);
  }
  if (!found) {
    applied.text = `the packet is not in "${effect.set}": nothing is taken over`;
    return;
  }
  applied.text = `takes over what ${found.entry} in "${effect.set}" says`;
  if (effect.mark) change(walker, FIELD.mark, ((read(skb, FIELD.mark) & ~found.markMask) ^ found.mark) >>> 0, unknownBits(skb, FIELD.mark) & ~found.markMask, applied);
  if (effect.priority) change(walker, FIELD.priority, found.priority, 0, applied);
}
