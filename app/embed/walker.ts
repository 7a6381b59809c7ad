/**
 * The store's way to the engine in an embed: a scenario as it ships is answered from what was made with the page; the
 * engine is loaded for the first packet that differs.
 */

import type { Environment, Packet } from '../../engine/index.ts';
import type { Walker } from '../store/store.ts';
import { createClient, type Client, type Run, type WorkerLike } from '../worker/client.ts';
import type { Answer, NodeSummary, SourceFile } from '../worker/messages.ts';
import type { ScenarioData } from './data.ts';

export interface EmbedWalker extends Walker {
  /** From now on these files stand for this scenario. */
  offer(files: readonly SourceFile[], scenario: ScenarioData, node: NodeSummary): void;
}

export interface Sources {
  readonly loadEngine: () => Promise<() => WorkerLike>;
  /** The real text of a node. */
  readonly loadFiles: (node: string) => Promise<readonly SourceFile[]>;
}

export function createEmbedWalker({ loadEngine, loadFiles }: Sources, take: (answer: Answer) => void): EmbedWalker {
  let offered: { readonly files: readonly SourceFile[]; readonly scenario: ScenarioData; readonly node: NodeSummary } | null = null;
  let client: Client | null = null;
  let current = 0;
  /** True while the last run was answered by the engine: then it can be asked more. */
  let walked = false;

  async function walk(run: Run, id: number): Promise<void> {
    try {
      if (!offered) throw new Error('no scenario was opened');
      const { node } = offered.scenario;
      const [spawn, files] = await Promise.all([loadEngine(), loadFiles(node)]);
      if (id !== current) return;
      client ??= createClient(spawn, (answer) => walked && take(answer));
      walked = true;
      client.run({ ...run, files });
    } catch (error) {
      if (id === current) take({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
    }
  }

  return {
    offer(files, scenario, node) {
      offered = { files, scenario, node };
    },
    run(run) {
      const id = ++current;
      walked = false;
      if (offered && run.files === offered.files && isAsShipped(run, offered.scenario)) {
        const { scenario, node } = offered;
        queueMicrotask(() => {
          if (id !== current) return;
          take({ kind: 'node', id, node });
          take({ kind: 'traces', id, traces: scenario.traces, problems: scenario.problems });
        });
      } else void walk(run, id);
      return id;
    },
    why(...place) {
      // What ships has the readings of every rule with it.
      if (walked) client?.why(...place);
    },
  };
}

function isAsShipped(run: { readonly packets: readonly Packet[]; readonly environment: Environment }, scenario: ScenarioData): boolean {
  return sorted(run.packets) === sorted(scenario.packets) && sorted(run.environment) === sorted(scenario.environment);
}

/** JSON with its keys in order: packets that were typed list their fields otherwise. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
