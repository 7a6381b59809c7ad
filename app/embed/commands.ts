/** What a host may ask of an embed, done to the store; and what it is told of it. */

import { addressOf } from './rule-address.ts';
import type { DrawPicture } from './picture-main.ts';
import type { Incoming, Outgoing, Unsigned } from './protocol.ts';
import type { Play } from './play.ts';
import type { ScenarioData } from './data.ts';
import { goToRuleAt } from '../actions/go-to.ts';
import { DRAFT_FIELDS, type DraftField } from '../store/draft.ts';
import { shownTrace } from '../store/caused.ts';
import { fateOf } from '../store/fate.ts';
import { chainOf, nextChange, nextStop, previousStop, stepAtRule } from '../store/cursor.ts';
import type { State } from '../store/state.ts';
import type { App } from '../store/store.ts';
import { wordsOf } from '../text/words.ts';
import { fateSentence } from '../views/verdict/fate-words.ts';
import { sentenceIn } from '../views/steps/sentence.ts';
import { readRulePlace, writeLink } from '../share/link.ts';

type Answer = Unsigned<Outgoing>;

interface Commands {
  readonly app: App;
  readonly play: Play;
  /** Opens a scenario by its id or a link to it. */
  readonly load: (scenario: string) => Promise<void>;
  readonly shown: () => ScenarioData | null;
  /** What draws a picture; loaded for the first. */
  readonly loadPicture: () => Promise<DrawPicture>;
}

export function obey(message: Incoming, { app, play, load, shown, loadPicture }: Commands, reply: (answer: Answer) => void): void {
  const state = app.store.getState();
  const { selection } = state;
  const trace = shownTrace(state);
  const error = (text: string): void => reply({ type: 'error', message: text });
  const failed = (reason: unknown): void => error(reason instanceof Error ? reason.message : String(reason));
  switch (message.type) {
    case 'hello':
      reply({ type: 'ready' });
      for (const answer of [verdictOf(state), stepOf(state)]) if (answer) reply(answer);
      return;
    case 'setTheme':
      return app.set({ theme: message.theme });
    case 'setLang':
      return app.set({ language: message.lang });
    case 'load':
      load(message.scenario).catch(failed);
      return;
    case 'step': {
      if (!trace) return error('there are no steps yet');
      const { to } = message;
      const { step, altitude } = selection;
      if (typeof to === 'number') return app.goTo(to - 1);
      if (to === 'end') return app.goTo(trace.steps.length - 1);
      return app.goTo(to === '+1' ? nextStop(trace, step, altitude) : to === '-1' ? previousStop(trace, step, altitude) : nextChange(trace, step));
    }
    case 'play':
      return play.start();
    case 'pause':
      return play.stop();
    case 'setPacket': {
      const packet = message.packet - 1;
      if (packet >= state.document.packets.length) return error(`there is no packet ${message.packet}: there are ${state.document.packets.length}`);
      const wrong = Object.keys(message.fields).filter((field) => !(DRAFT_FIELDS as readonly string[]).includes(field));
      if (wrong.length > 0) return error(`a packet has no field ${wrong.map((field) => `"${field}"`).join(', ')}: it has ${DRAFT_FIELDS.join(', ')}`);
      if (packet !== selection.packet) app.select({ packet });
      for (const [field, text] of Object.entries(message.fields)) app.editField(packet, field as DraftField, text);
      return;
    }
    case 'highlight': {
      const place = readRulePlace(message.rule);
      const step = trace && place ? stepAtRule(trace, place) : null;
      if (!place || step === null) return error(`the packet does not come to a rule "${message.rule}"`);
      return goToRuleAt(app, step, place.rule);
    }
    case 'getState':
      return reply(stateOf(state));
    case 'exportSvg': {
      const scenario = shown();
      if (!trace || !scenario) return error('there is no picture yet');
      loadPicture()
        .then((draw) => {
          const { svg, alt } = draw(scenario, trace, state.settings.language);
          reply({ type: 'state', svg, alt });
        })
        .catch(failed);
      return;
    }
  }
}

/** Where the cursor is; nothing of what the rule says. */
export function stepOf(state: State): Extract<Answer, { type: 'step' }> | null {
  const trace = shownTrace(state);
  const step = trace?.steps[state.selection.step];
  if (!trace || !step) return null;
  return { type: 'step', step: step.index + 1, count: trace.steps.length, hook: step.hook, rule: addressOf(step) };
}

export function verdictOf(state: State): Extract<Answer, { type: 'verdict' }> | null {
  const trace = shownTrace(state);
  if (!trace) return null;
  const fate = fateOf(trace);
  return { type: 'verdict', verdict: fate.verdict, class: fate.class, text: fateSentence(fate, wordsOf(state.settings.language)) };
}

/** The rule that is looked at apart from the step's own. */
export function selectOf(state: State): Extract<Answer, { type: 'select' }> {
  const step = shownTrace(state)?.steps[state.selection.step];
  const { rule } = state.selection;
  return { type: 'select', rule: rule !== null && step && 'chain' in step ? `${step.table}/${step.chain}/${rule}` : null };
}

function stateOf(state: State): Answer {
  const { document, selection, settings, answer } = state;
  const trace = shownTrace(state);
  const step = trace?.steps[selection.step];
  const chain = step && 'chain' in step ? chainOf(answer.node, step) : null;
  const number = selection.rule ?? (step && 'chain' in step ? step.rule : 0);
  return {
    ...(verdictOf(state) ?? {}),
    type: 'state',
    scenario: document.example,
    link: writeLink(state),
    language: settings.language,
    theme: settings.theme,
    packet: selection.packet + 1,
    packets: document.packets.map(({ fields }) => fields),
    step: selection.step + 1,
    count: trace?.steps.length ?? 0,
    sentence: trace && step ? sentenceIn(trace, step, wordsOf(settings.language)) : '',
    rule: step ? addressOf(step) : null,
    text: chain?.rules[number - 1]?.source ?? null,
  };
}
