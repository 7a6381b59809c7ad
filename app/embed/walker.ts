/**
 * The store's way to the engine in an embed: a scenario as it ships is answered from what was made with the page; the
 * engine is loaded for the first packet that differs, and for the first question why something did not happen.
 */

import type { Environment, Packet } from '../../engine/index.ts';
import { sortedJson } from '../store/sorted-json.ts';
import type { Walker } from '../store/store.ts';
import { createClient, NOT_FETCHED, type Client, type Run, type WorkerLike } from '../worker/client.ts';
import type { Answer, NodeSummary, SourceFile } from '../worker/messages.ts';
import type { ScenarioData } from './data.ts';

export interface EmbedWalker extends Walker {
  /** From now on these files stand for this scenario. */
  offer(files: readonly SourceFile[], scenario: ScenarioData, node: NodeSummary): void;
}

interface Sources {
  readonly loadEngine: () => Promise<() => WorkerLike>;
  /** The real text of a node. */
  readonly loadFiles: (node: string) => Promise<readonly SourceFile[]>;
}

/** What the walk itself is answered with: of a walk that ships, it is known. */
const OF_THE_WALK: ReadonlySet<Answer['kind']> = new Set(['cluster', 'node', 'traces', 'skipped']);

export function createEmbedWalker({ loadEngine, loadFiles }: Sources, take: (answer: Answer) => void): EmbedWalker {
  let offered: { readonly files: readonly SourceFile[]; readonly scenario: ScenarioData; readonly node: NodeSummary } | null = null;
  let client: Client | null = null;
  let last: Run | null = null;
  let current = 0;
  /** The run that the engine walks or has walked; of another it knows nothing. */
  let walked = 0;
  /** True if the engine walks the current run behind an answer that was made with the page. */
  let repeated = false;

  /** Has the engine walk the current run; false if it was overtaken while the engine came, or the engine cannot be had. */
  async function walk(): Promise<boolean> {
    const [run, id] = [last, current];
    if (walked === id) return true;
    try {
      if (!offered || !run) throw new Error('no scenario was opened');
      const { node } = offered.scenario;
      const [spawn, files] = await Promise.all([loadEngine(), loadFiles(node)]);
      if (id !== current) return false;
      client ??= createClient(spawn, (answer) => walked === current && !(repeated && OF_THE_WALK.has(answer.kind)) && take(answer));
      if (walked !== id) {
        walked = id;
        client.run({ ...run, files });
      }
      return true;
    } catch (error) {
      if (id === current) take({ kind: 'failed', id, message: error instanceof Error ? error.message || NOT_FETCHED : String(error) });
      return false;
    }
  }

  return {
    offer(files, scenario, node) {
      offered = { files, scenario, node };
    },
    run(run) {
      const id = ++current;
      last = run;
      repeated = offered !== null && run.files === offered.files && isAsShipped(run, offered.scenario);
      if (offered && repeated) {
        const { scenario, node } = offered;
        queueMicrotask(() => {
          if (id !== current) return;
          take({ kind: 'node', id, node });
          take({ kind: 'traces', id, traces: scenario.traces, problems: scenario.problems });
        });
      } else void walk();
      return id;
    },
    why(...place) {
      // What ships has the readings of every rule with it.
      if (walked === current) client?.why(...place);
    },
    whyNot(...question) {
      void walk().then((ready) => ready && client?.whyNot(...question));
    },
  };
}

function isAsShipped(run: { readonly packets: readonly Packet[]; readonly environment: Environment }, scenario: ScenarioData): boolean {
  // Packets that were typed list their fields otherwise.
  return sortedJson([run.packets, run.environment]) === sortedJson([scenario.packets, scenario.environment]);
}
