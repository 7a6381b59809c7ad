/** What the store holds before anything is opened. */

import { EMPTY_DOCUMENT } from './document.ts';
import type { SelectionSlice, State } from './state.ts';

const INITIAL_SELECTION: SelectionSlice = {
  packet: 0,
  caused: [],
  step: 0,
  altitude: 'rule',
  rule: null,
  part: 0,
  preview: null,
  previewAloud: false,
  playing: false,
  panel: 'rules',
  rulesAs: 'chain',
  looking: null,
  problem: null,
  searching: false,
  follow: true,
  editing: false,
  expanded: [],
  overlay: null,
  galleryPart: 'scenarios',
  clusterShown: false,
  clusterPart: 'form',
  whyNot: null,
  moment: 'after',
};

export const INITIAL_STATE: State = {
  document: EMPTY_DOCUMENT,
  scenario: { examples: null, entry: null, opened: {}, loading: null },
  selection: INITIAL_SELECTION,
  settings: { language: 'en', theme: 'auto', pace: 1, verbosity: 'normal', singleKeys: true, ownKeys: {}, splits: { columns: null, rows: null } },
  history: { past: [], future: [], opened: 0 },
  answer: {
    status: 'idle',
    node: null,
    traces: [],
    stale: false,
    late: false,
    shows: null,
    failure: null,
    refused: null,
    was: null,
    cluster: null,
    made: null,
    changes: null,
    setEntries: {},
    found: null,
    foundByWords: null,
    readings: {},
    whyNot: {},
  },
  notice: null,
};
