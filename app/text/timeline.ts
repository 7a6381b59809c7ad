/** Words of the timeline: stepping, playing, breakpoints, and what is spoken of a step. */

export interface Where {
  readonly step: number;
  readonly count: number;
  readonly place: string;
}

export const timelineEn = {
  preview: ({ step, sentence }: { step: number; sentence: string }) => `Step ${step}: ${sentence}`,
  /** Of a step behind what is unknown. */
  doubtful: ({ sentence }: { sentence: string }) => `${sentence}, if what is unknown did not match`,
  leadsTo: ({ step, sentence }: { step: number; sentence: string }) => `Leads to step ${step}, shown: ${sentence}.`,
  pause: 'Pause',
  pace: 'Speed',
  paceOf: ({ pace }: { pace: string }) => `${pace}×`,
  verbosity: 'Spoken',
  verbosities: { brief: 'brief', normal: 'normal', full: 'full' },
  breakpoints: ({ count }: { count: number }) => (count === 0 ? 'Breakpoints' : count === 1 ? '1 breakpoint' : `${count} breakpoints`),
  title: 'Breakpoints and playing',
  none: 'None yet. Press B on a rule, or write one below.',
  list: 'Breakpoints',
  stops: ({ count }: { count: number }) => (count === 0 ? 'not met by this packet' : count === 1 ? 'met once' : `met ${count} times`),
  remove: ({ text }: { text: string }) => `Remove the breakpoint ${text}`,
  add: 'Add',
  new: 'New breakpoint',
  examples: 'nat/OVN-POSTROUTING/10 · nat/OVN-POSTROUTING · POSTROUTING · bit 19 · any nat · any drop · mark & 0x4000 · src in 10.16.0.0/16 and dport = 53',
  ready: 'Ready to take',
  here: 'breakpoint',
  rule: ({ rule }: { rule: string }) => `Breakpoint at ${rule}`,
  failure: {
    empty: 'Write where to stop.',
    field: ({ column, found, fields }: { column: number; found: string; fields: string }) =>
      found === '' ? `Character ${column}: a field is needed: ${fields}` : `Character ${column}: "${found}" is neither a rule, a chain, a hook nor a field; fields are ${fields}`,
    operator: ({ column, found }: { column: number; found: string }) =>
      `Character ${column}: a comparison such as =, !=, & or in is needed${found === '' ? '' : `, not "${found}"`}`,
    number: ({ column, found }: { column: number; found: string }) => `Character ${column}: a number such as 443 or 0x4000 is needed${found === '' ? '' : `, not "${found}"`}`,
    range: ({ column, found }: { column: number; found: string }) => `Character ${column}: a range such as 30000-32767 is needed${found === '' ? '' : `, not "${found}"`}`,
    address: ({ column, found }: { column: number; found: string }) =>
      `Character ${column}: an address such as 10.16.0.2 or fd00::2 is needed${found === '' ? '' : `, not "${found}"`}`,
    prefix: ({ column, found }: { column: number; found: string }) =>
      `Character ${column}: a prefix such as 10.16.0.0/16 or fd00::/64 is needed${found === '' ? '' : `, not "${found}"`}`,
    name: ({ column, found }: { column: number; found: string }) => `Character ${column}: a name such as eth0, tcp or NEW is needed${found === '' ? '' : `, not "${found}"`}`,
    flags: ({ column, found }: { column: number; found: string }) => `Character ${column}: flags such as SYN or SYN,ACK are needed${found === '' ? '' : `, not "${found}"`}`,
    bracket: ({ column }: { column: number }) => `Character ${column}: a bracket is not closed, or there are too many`,
    more: ({ column, found }: { column: number; found: string }) => `Character ${column}: "${found}" is too much here; join with and, or`,
    bit: ({ column, found }: { column: number; found: string }) => `Character ${column}: a bit from 0 to 31 is needed, not "${found}"`,
    rule: ({ found }: { found: string }) => `"${found}": rules count from 1, as in nat/POSTROUTING/1`,
  },
  notice: {
    breakpoint: ({ text }: { text: string }) => `Stopped at the breakpoint ${text}.`,
    noBreakpoints: 'There are no breakpoints yet. Press B on a rule to set one.',
    noneAhead: 'No breakpoint was met up to the end.',
    noneBehind: 'No breakpoint was met back to the start.',
    notOpened: 'Nobody answers this packet, so there is no connection that it could be of.',
  },

  /** What is spoken, in whole sentences. The head is also what the slider says. */
  spoken: {
    head: ({ step, count, place }: Where) => `Step ${step} of ${count}. ${place}.`,
    /** `tests` as rules write them. */
    matched: ({ step, count, place, tests, does }: Where & { tests: string; does: string }) => `Step ${step} of ${count}. ${place}. Matched: ${tests}. ${does}.`,
    matchedAll: ({ step, count, place, does }: Where & { does: string }) => `Step ${step} of ${count}. ${place}. Matches every packet. ${does}.`,
    missed: ({ step, count, place, reason }: Where & { reason: string }) => `Step ${step} of ${count}. ${place}. Did not match: ${reason}.`,
    other: ({ step, count, sentence }: { step: number; count: number; sentence: string }) => `Step ${step} of ${count}. ${sentence}.`,
    changes: ({ changes }: { changes: string }) => `Changed: ${changes}.`,
    /** `from` is empty where something happened to it and nothing of it was there to name. */
    change: ({ field, from, to }: { field: string; from: string; to: string }) => (from === '' ? `${field} ${to}` : `${field} from ${from} to ${to}`),
    does: {
      calls: ({ target }: { target: string }) => `Calls ${target}`,
      returns: ({ target, place }: { target: string; place: string }) => `${target} to ${place}`,
      target: ({ target }: { target: string }) => target,
      none: 'No target, continues with the next rule',
    },
    test: ({ step, count, place, part, parts, clause, result, saw }: Where & { part: number; parts: number; clause: string; result: string; saw: string }) =>
      `Step ${step} of ${count}. ${place}, test ${part} of ${parts}: ${clause} ${result}; saw ${saw}.`,
    effect: ({ step, count, place, field, from, to }: Where & { field: string; from: string; to: string }) =>
      `Step ${step} of ${count}. ${place}, effect: ${from === '' ? `${field} ${to}` : `${field} from ${from} to ${to}`}.`,
    target: ({ step, count, place, does }: Where & { does: string }) => `Step ${step} of ${count}. ${place}, target: ${does}.`,
    doubtful: 'Only if what is unknown did not match.',
    comma: ', ',
  },
  partOf: ({ part, parts }: { part: number; parts: number }) => `part ${part} of ${parts}`,
};
