/** Where an embed's engine runs: in a worker made of its text, or in the frame where a policy forbids that. */

import { afterEach, expect, test, vi } from 'vitest';
import type { Answer, Request } from '../../app/worker/messages.ts';

vi.mock('../../app/embed/data.ts', () => ({ loadScript: async () => undefined }));

interface Scope {
  postMessage(message: Answer): void;
  onmessage: ((event: { readonly data: Request }) => void) | null;
}

/** Says that every request was skipped. */
function engine(scope: Scope): void {
  scope.onmessage = ({ data }) => scope.postMessage({ kind: 'skipped', id: data.id });
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

type Way = 'answers' | 'fails' | 'throws';

async function ask(way: Way): Promise<{ readonly answered: readonly number[]; readonly left: readonly string[] }> {
  const left: string[] = [];
  vi.spyOn(URL, 'createObjectURL').mockImplementation(() => {
    left.push(`blob:${left.length}`);
    return left.at(-1) as string;
  });
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((address) => void left.splice(left.indexOf(address), 1));
  class FakeWorker {
    onmessage: ((event: { data: Answer }) => void) | null = null;
    onerror: ((event: object) => void) | null = null;
    constructor() {
      if (way === 'throws') throw new Error('forbidden');
      if (way === 'fails') setTimeout(() => this.onerror?.({}));
    }
    postMessage({ id }: Request): void {
      if (way === 'answers') setTimeout(() => this.onmessage?.({ data: { kind: 'skipped', id } }));
    }
    terminate(): void {}
  }
  vi.stubGlobal('Worker', FakeWorker);
  vi.stubGlobal('packetwalkEngine', engine);
  const { loadEngine } = await import('../../app/embed/engine-host.ts');
  const runner = (await loadEngine())();
  const answered: number[] = [];
  runner.onmessage = ({ data }) => answered.push(data.id);
  for (const id of [1, 2]) runner.postMessage({ kind: 'find', id, query: '' } as Request);
  await vi.waitFor(() => expect(answered).toEqual([1, 2]));
  return { answered, left };
}

test.each<Way>(['answers', 'fails', 'throws'])('a worker that %s: each request is answered once, and the text of the engine is kept nowhere', async (way) => {
  expect(await ask(way)).toEqual({ answered: [1, 2], left: [] });
});
