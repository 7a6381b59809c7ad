/**
 * Where YAML is read and written: a worker of its own, so that neither the page nor a walk that takes long is in the way of whoever fills in a
 * form. It runs the same script as the engine's worker: the parser ships once.
 */

import type { PacketsFile, Scenario, ScenarioProblem } from '../../engine/index.ts';
import type { FileProblem } from '../text/given-files.ts';
import type { ClusterEdit, Edited } from '../editor/cluster-edit.ts';
import type { ShownForm } from '../editor/cluster-form.ts';

export type { ClusterEdit } from '../editor/cluster-edit.ts';
export type { ShownForm } from '../editor/cluster-form.ts';

/** What the page saved itself. */
export interface SavedText {
  readonly packetwalk: unknown;
}
/** A scenario's text, as far as it can be read. */
export type ScenarioText =
  | { readonly kind: 'saved'; readonly value: SavedText }
  | { readonly kind: 'scenario'; readonly scenario: Scenario | null; readonly problems: readonly TextProblem[] };

/** What is wrong with a text; of one that is no JSON and no YAML, with its place. `fault`: the YAML parser's code. */
export interface TextProblem extends Pick<ScenarioProblem, 'severity' | 'message' | 'hint'>, FileProblem {
  readonly fault?: string;
}
export type PacketsText = Pick<PacketsFile, 'packets' | 'environment'> & { readonly problems: readonly TextProblem[] };

type Asked =
  | { readonly desk: 'parse' | 'form'; readonly text: string }
  /** `chinese`: what is wrong is to be said in Chinese, too. */
  | { readonly desk: 'scenario' | 'packets'; readonly text: string; readonly chinese?: boolean }
  | { readonly desk: 'edit'; readonly text: string; readonly edit: ClusterEdit };
export type DeskRequest = Asked & { readonly id: number };
/** What `work` gives for a request. */
export type DeskDone = unknown;
export type DeskAnswer = { readonly id: number; readonly done: DeskDone } | { readonly id: number; readonly failure: string };

/** What the desk needs of a `Worker`. */
export interface DeskWorker {
  postMessage(message: DeskRequest): void;
  terminate(): void;
  onmessage: ((event: { readonly data: DeskAnswer }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
}

export interface Desk {
  /** The value of a YAML text; rejects with the parser's words where it is none. */
  parse(text: string): Promise<unknown>;
  /** A scenario's text, which may be JSON. */
  scenario(text: string, chinese: boolean): Promise<ScenarioText>;
  /** Packets in JSON. */
  packets(text: string, chinese: boolean): Promise<PacketsText>;
  /** Null while the text cannot be read. */
  form(text: string): Promise<ShownForm | null>;
  /** Null where the edit cannot be written into the text. */
  edit(text: string, edit: ClusterEdit): Promise<Edited | null>;
}

interface Open {
  readonly resolve: (done: never) => void;
  readonly reject: (error: Error) => void;
}

/** The worker is started for the first request. One that stops rejects what it was asked, and the next request starts another. */
export function createDesk(spawn: () => DeskWorker): Desk {
  let worker: DeskWorker | null = null;
  let last = 0;
  const open = new Map<number, Open>();

  function start(): DeskWorker {
    const made = spawn();
    made.onmessage = ({ data }) => {
      const asked = open.get(data.id);
      open.delete(data.id);
      if ('failure' in data) asked?.reject(new Error(data.failure));
      else asked?.resolve(data.done as never);
    };
    made.onerror = ({ message }) => {
      made.terminate();
      if (made === worker) worker = null;
      const all = [...open.values()];
      open.clear();
      for (const { reject } of all) reject(new Error(message || 'the reader of YAML stopped unexpectedly'));
    };
    return made;
  }

  function ask<T>(asked: Asked): Promise<T> {
    worker ??= start();
    const id = ++last;
    const promise = new Promise<T>((resolve, reject) => open.set(id, { resolve, reject }));
    worker.postMessage({ ...asked, id });
    return promise;
  }

  return {
    parse: (text) => ask({ desk: 'parse', text }),
    scenario: (text, chinese) => ask({ desk: 'scenario', text, chinese }),
    packets: (text, chinese) => ask({ desk: 'packets', text, chinese }),
    form: (text) => ask({ desk: 'form', text }),
    edit: (text, edit) => ask({ desk: 'edit', text, edit }),
  };
}
