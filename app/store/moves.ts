/** Where one looks: the cursor and the rest of the selection, moved without asking anybody. */

import { causedTrace, shownPlace, shownTrace } from './caused.ts';
import type { Stop } from './cursor.ts';
import { evidenceOf } from './fate.ts';
import type { App, AppStore } from './store.ts';

export function movesOf({ getState, setState }: AppStore): Pick<App, 'goTo' | 'moveTo' | 'preview' | 'select' | 'follow'> {
  function moveTo(stop: Stop, playing = false): void {
    const { selection } = getState();
    // Whoever moves looks at a step: its tests take the place of the answer to a question, which is kept.
    const whyNot = selection.whyNot?.shown ? { ...selection.whyNot, shown: false } : selection.whyNot;
    const next = { ...stop, playing, preview: null, whyNot, editing: false };
    if ((Object.keys(next) as (keyof typeof next)[]).some((key) => next[key] !== selection[key])) setState({ selection: { ...selection, ...next } });
  }

  return {
    goTo(step) {
      const count = shownTrace(getState())?.steps.length ?? 0;
      const to = Math.max(0, Math.min(step, count - 1));
      moveTo({ step: to, rule: null, part: 0 });
      const { selection } = getState();
      if (!selection.follow || selection.looking) setState({ selection: { ...selection, follow: true, looking: null } });
    },
    moveTo,
    preview(step, aloud = false) {
      const { selection } = getState();
      if (step !== selection.preview || (step !== null && aloud !== selection.previewAloud)) setState({ selection: { ...selection, preview: step, previewAloud: aloud } });
    },
    select(selection) {
      const state = getState();
      const next = { ...state.selection, ...selection };
      // A panel is asked for: where there is room for one thing, it is that one.
      if (selection.panel !== undefined) next.editing = false;
      // Another rule, another way of stepping: its tests are gone through from the first.
      if (next.rule !== state.selection.rule || next.altitude !== state.selection.altitude) next.part = selection.part ?? 0;
      if (selection.packet !== undefined && selection.packet !== state.selection.packet) {
        const trace = state.answer.traces[selection.packet];
        next.caused = [];
        next.playing = false;
        next.preview = null;
        next.part = 0;
        next.rule = null;
        next.expanded = [];
        if (selection.step === undefined && trace) next.step = evidenceOf(trace).deciding;
        setState({ selection: next, answer: { ...state.answer, was: null, shows: trace ? null : shownPlace(state) } });
        return;
      }
      setState({ selection: next });
    },
    follow(caused) {
      const state = getState();
      const shown = shownPlace(state);
      const whole = state.answer.traces[shown.packet];
      const trace = causedTrace(whole, caused);
      if (!trace) return;
      // On the way back to what caused it: where it was caused.
      const from = causedTrace(whole, shown.caused.slice(0, caused.length + 1));
      const step = from && 'parent' in from && shown.caused.length > caused.length ? from.parent : evidenceOf(trace).deciding;
      setState({
        selection: { ...state.selection, caused, step, rule: null, part: 0, preview: null, playing: false, expanded: [], follow: true, looking: null },
        answer: { ...state.answer, was: null, shows: state.answer.shows && { ...shown, caused } },
      });
    },
  };
}
