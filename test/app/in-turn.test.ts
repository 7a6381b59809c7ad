/** Parts whose turn comes later: whole as they were until then, and at once where a person changes something. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { INITIAL_STATE } from '../../app/store/initial-state.ts';
import type { State } from '../../app/store/state.ts';
import { inTurn } from '../../app/views/page/in-turn.ts';
import type { NodeSummary } from '../../app/worker/messages.ts';

const node = {} as NodeSummary;
const LARGE = [{ name: 'large.rules', text: '#'.repeat(200_001) }];
const started = (files: State['document']['files'] = LARGE) =>
  createStore<State>()(() => ({ ...INITIAL_STATE, document: { ...INITIAL_STATE.document, files }, answer: { ...INITIAL_STATE.answer, node } }));

describe('another node', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function shown(turn: number) {
    const store = started();
    const part = inTurn(store, turn);
    const seen = vi.fn();
    part.subscribe(seen);
    return { store, part, seen };
  }

  test.each([1, 2, 5])('comes %i tasks later', (turn) => {
    const { store, part, seen } = shown(turn);
    const answer = { ...store.getState().answer, node: {} as NodeSummary };
    store.setState({ answer });
    for (let task = 0; task < turn; task++) {
      expect(part.getState().answer.node).toBe(node);
      vi.runOnlyPendingTimers();
    }
    expect(part.getState().answer).toBe(answer);
    expect(seen).toHaveBeenCalledOnce();
  });

  test('comes at once with what a person changes meanwhile', () => {
    const { store, part, seen } = shown(3);
    store.setState({ answer: { ...store.getState().answer, node: {} as NodeSummary } });
    const selection = { ...store.getState().selection, step: 1 };
    store.setState({ selection });
    expect(part.getState()).toBe(store.getState());
    expect(seen).toHaveBeenCalledOnce();
    vi.runAllTimers();
    expect(seen).toHaveBeenCalledOnce();
  });

  test('of no more files than fit into one task comes at once, in all parts', () => {
    const store = started([{ name: 'small.rules', text: '#'.repeat(200_000) }]);
    const part = inTurn(store, 2);
    part.subscribe(() => {});
    const answer = { ...store.getState().answer, node: {} as NodeSummary };
    store.setState({ answer });
    expect(part.getState().answer).toBe(answer);
  });

  test('waits for no turn where there was none before', () => {
    const store = createStore<State>()(() => INITIAL_STATE);
    const part = inTurn(store, 2);
    part.subscribe(() => {});
    store.setState({ answer: { ...INITIAL_STATE.answer, node } });
    expect(part.getState().answer.node).toBe(node);
  });
});

test('a step is seen at once', () => {
  const store = started();
  const part = inTurn(store, 2);
  const seen = vi.fn();
  part.subscribe(seen);
  store.setState({ selection: { ...store.getState().selection, step: 4 } });
  expect(part.getState().selection.step).toBe(4);
  expect(seen).toHaveBeenCalledOnce();
});
