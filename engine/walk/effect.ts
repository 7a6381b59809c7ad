/**
 * What targets do: effects are data, applied here and recorded as changes. NAT, REJECT and the like hand over to the
 * part of the stack that does the work.
 */

import { changeSet, lostByChange } from '../extension/settype/index.ts';
import { FIELD, type Field } from '../model/field.ts';
import type { RuleAddress } from '../model/rule.ts';
import { NOT_KNOWN, type FieldChange } from '../model/trace.ts';
import type { Action, Effect, Verdict } from '../model/test.ts';
import { formatAddress } from '../net/address.ts';
import { translatePrefix } from '../net/prefix-translation.ts';
import { PROTO } from '../net/protocol.ts';
import { updateEntry } from './conntrack.ts';
import { setContext } from './evaluation.ts';
import { emitIcmpError, emitReject, emitTee } from './emit.ts';
import { stripOptions } from '../model/packet-length.ts';
import { natTarget } from './nat.ts';
import type { Walker } from './run.ts';
import { loadConntrack, makeUnknown, read, readWords, setUnknown, unknownBits, write, writeWords } from './skb.ts';
import { socketFor } from './socket.ts';
import { clampMss } from './tcpmss.ts';
import { valueText } from './value.ts';

export interface Applied {
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

function applyEffect(walker: Walker, effect: Effect, at: RuleAddress, out: string | null, applied: Scratch): void {
  const { skb, run } = walker;
  switch (effect.op) {
    case 'assign':
      // What is written is known, whatever it was before.
      return change(walker, effect.field, ((read(skb, effect.field) & ~effect.mask) ^ effect.value) >>> 0, unknownBits(skb, effect.field) & ~effect.mask, applied);
    case 'add': {
      const unknown = unknownBits(skb, effect.field) === 0 ? 0 : 0xffffffff;
      return change(walker, effect.field, Math.min(255, Math.max(0, read(skb, effect.field) + effect.delta)), unknown, applied);
    }
    case 'connmark': {
      // A CT target has attached a template, which is an entry of its own, with no mark.
      if (!skb.ct && skb.template && effect.mode === 'restore')
        return change(walker, FIELD.mark, (read(skb, FIELD.mark) & ~effect.nfMask) >>> 0, unknownBits(skb, FIELD.mark) & ~effect.nfMask, applied, []);
      if (!skb.ct) {
        applied.text = 'no connection, so there is no mark to change';
        return;
      }
      const { mark: ctMark, markUnknown, ...rest } = skb.ct.entry;
      const mark = read(skb, FIELD.mark);
      const [open, ctOpen] = [unknownBits(skb, FIELD.mark), markUnknown?.bits ?? 0];
      const because = markUnknown?.because ?? [];
      if (effect.mode === 'restore') {
        const unknown = (open & ~effect.nfMask) | (ctOpen & effect.ctMask);
        return change(walker, FIELD.mark, ((mark & ~effect.nfMask) ^ (ctMark & effect.ctMask)) >>> 0, unknown, applied, because);
      }
      const saved = effect.mode === 'save' ? effect.nfMask : 0;
      const changed = ((ctMark & ~effect.ctMask) ^ (effect.mode === 'save' ? mark & saved : effect.value)) >>> 0;
      const bits = ((ctOpen & ~effect.ctMask) | (open & saved)) >>> 0;
      applied.changes.push({ field: 'ctmark', from: ctOpen === 0 ? ctMark : NOT_KNOWN, to: bits === 0 ? changed : NOT_KNOWN });
      skb.ct.entry = { ...rest, mark: ctMark };
      const causes = (open & saved) === 0 ? because : [...because, ...skb.unknownBecause];
      updateEntry(run, skb.ct, { mark: changed, ...(bits === 0 ? {} : { markUnknown: { bits, because: causes } }) });
      return loadConntrack(skb, run.draft.now);
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
    case 'tproxy':
      return tproxy(walker, effect, applied);
    case 'prefix': {
      const from = readWords(skb, effect.field);
      const { words, neutral } = translatePrefix(from, effect.prefix, effect.length, effect.adjustment);
      applied.changes.push({ field: effect.field.name, from: formatAddress(skb.family, from), to: formatAddress(skb.family, words) });
      writeWords(skb, effect.field, words);
      if (neutral) return;
      applied.verdict = 'DROP';
      applied.text = `no part of the address can take up the difference; ${emitIcmpError(walker, 'icmp-error', 4, 0)}`;
      return;
    }
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
      if (skb.ct || skb.untracked || skb.ctBarred || skb.template) return;
      skb.template = { zone: effect.zone ?? 0, direction: effect.zoneDirection, helper: effect.helper };
      applied.text = effect.helper ? `helper ${effect.helper} is not modelled: connections it expects are not known` : null;
      return loadConntrack(skb, run.draft.now);
    case 'set-entry':
      return changeSetEntry(walker, effect, applied);
    case 'set-map':
    case 'unmodelled':
      applied.text = effect.op === 'unmodelled' ? `not modelled: ${effect.what}` : 'not modelled: mapping values of a set entry';
      if (effect.op === 'unmodelled' && skb.ct && effect.changes.includes(FIELD.ctMark)) {
        updateEntry(run, skb.ct, { markUnknown: { bits: 0xffffffff, because: [...skb.unknownBecause, at] } });
        loadConntrack(skb, run.draft.now);
      }
      return makeUnknown(skb, effect.op === 'unmodelled' ? effect.changes : mapped(effect), at);
    case 'tcpmss': {
      const result = clampMss(walker, effect);
      if (result) {
        applied.changes.push({ field: 'mss', from: result.from ?? 'none', to: result.to });
        skb.packet = result.packet;
        skb.frozen = null;
        if (result.length !== null) write(skb, FIELD.length, result.length);
      }
      return;
    }
    case 'queue': {
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
      return;
    }
    case 'tee':
      return emitTee(walker, effect.gateway);
    case 'log':
    case 'trace':
      return;
  }
}

function mapped(effect: Extract<Effect, { op: 'set-map' }>): readonly Field[] {
  return [...(effect.mark ? [FIELD.mark] : []), ...(effect.priority ? [FIELD.priority] : [])];
}

/** @param unknown bits that are not known afterwards, because of the rules known for it and of `because` */
function change(walker: Walker, field: Field, value: number, unknown: number, applied: Scratch, because: readonly RuleAddress[] = []): void {
  const { skb, run } = walker;
  const shown = (bits: number, known: number) => (bits === 0 ? valueText(run.world.names, skb.family, field, known, 'json') : NOT_KNOWN);
  applied.changes.push({ field: field.name, from: shown(unknownBits(skb, field), read(skb, field)), to: shown(unknown, value) });
  write(skb, field, value);
  setUnknown(skb, field, unknown, ...because);
}

/** tproxy_tg4(): a transparent socket gets the packet, or it is dropped. */
function tproxy(walker: Walker, effect: Extract<Effect, { op: 'tproxy' }>, applied: Scratch): void {
  const { skb, run } = walker;
  const dst = readWords(skb, FIELD.dst);
  const given = effect.address?.some((word) => word !== 0) ? effect.address : null;
  const device = run.world.network.interfaces.find((candidate) => candidate.name === skb.device);
  const address = given ?? device?.addresses.find((own) => own.family === skb.family)?.local ?? dst;
  const port = effect.port || read(skb, FIELD.dport);
  const proto = read(skb, FIELD.proto);
  const established = socketFor(run.world.environment, skb.family, proto, dst, read(skb, FIELD.dport));
  const socket =
    proto === PROTO.tcp || proto === PROTO.udp ? ((established?.transparent ? established : null) ?? socketFor(run.world.environment, skb.family, proto, address, port)) : null;
  if (!socket?.transparent) {
    applied.verdict = 'DROP';
    applied.text = socket ? `the socket on port ${port} is not transparent` : `no transparent socket on ${formatAddress(skb.family, address)} port ${port}`;
    return;
  }
  change(walker, FIELD.mark, ((read(skb, FIELD.mark) & ~effect.mask) ^ effect.mark) >>> 0, unknownBits(skb, FIELD.mark) & ~effect.mask, applied);
  skb.socketAttached = true;
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
