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
  breakpoints: ({ count }: { count: number }) => (count === 0 ? 'Breakpoints' : count === 1 ? '1 breakpoint' : `${count} breakpoints`),
  here: 'breakpoint',
  rule: ({ rule }: { rule: string }) => `Breakpoint at ${rule}`,
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
    test: ({ step, count, place, part, clause, result, saw }: Where & { part: number; clause: string; result: string; saw: string }) =>
      `Step ${step} of ${count}. ${place}, test ${part}: ${clause} ${result}; saw ${saw}.`,
    effect: ({ step, count, place, field, from, to }: Where & { field: string; from: string; to: string }) =>
      `Step ${step} of ${count}. ${place}, effect: ${from === '' ? `${field} ${to}` : `${field} from ${from} to ${to}`}.`,
    target: ({ step, count, place, does }: Where & { does: string }) => `Step ${step} of ${count}. ${place}, target: ${does}.`,
    doubtful: 'Only if what is unknown did not match.',
    comma: ', ',
  },
  partOf: ({ part, parts }: { part: number; parts: number }) => `part ${part} of ${parts}`,
};
