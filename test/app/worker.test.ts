/** The worker itself, in a scope of the test's: what it does where a part of it cannot be loaded. */

import { afterEach, expect, test, vi } from 'vitest';
import { unpackAnswer } from '../../app/worker/packed.ts';
import type { Request } from '../../app/worker/messages.ts';

afterEach(() => {
  vi.resetModules();
  vi.unstubAllGlobals();
  vi.doUnmock('../../app/worker/cluster.ts');
});

const packets = [{ in: 'eth0', src: '192.0.2.1', dst: '10.0.0.1', proto: 'tcp' }];
const run = (id: number, more: Partial<Extract<Request, { kind: 'run' }>>): Request => ({ kind: 'run', id, files: null, cluster: false, packets, environment: {}, ...more });

test('without what reads a cluster its run fails; the next one is not walked through the node before', async () => {
  vi.doMock('../../app/worker/cluster.ts', () => {
    throw new Error('no connection');
  });
  const said: string[] = [];
  const scope = {
    postMessage: (message: Parameters<typeof unpackAnswer>[0]) => said.push(`${unpackAnswer(message).id} ${unpackAnswer(message).kind}`),
    onmessage: (_: { data: Request }) => {},
  };
  vi.stubGlobal('self', scope);
  await import('../../app/worker/worker.ts');
  scope.onmessage({ data: run(1, { files: [{ name: 'a', text: '*raw\n:PREROUTING ACCEPT\nCOMMIT\n' }] }) });
  await vi.waitFor(() => expect(said).toContain('1 traces'));
  scope.onmessage({ data: run(2, { files: [{ name: 'cluster.yaml', text: 'nodes: [a]\n' }], cluster: true }) });
  await vi.waitFor(() => expect(said).toContain('2 failed'));
  // Sent before the page had heard of it.
  scope.onmessage({ data: run(3, {}) });
  await vi.waitFor(() => expect(said.at(-1)).toMatch(/^3 /));
  expect(said.at(-1)).toBe('3 failed');
});

test('asked to speak Chinese while the reader of clusters comes: it does, from then on', async () => {
  let come: () => void = () => {};
  const coming = new Promise<void>((done) => {
    come = done;
  });
  vi.doMock('../../app/worker/cluster.ts', async (original) => {
    await coming;
    return original();
  });
  const said: ReturnType<typeof unpackAnswer>[] = [];
  const scope = { postMessage: (message: Parameters<typeof unpackAnswer>[0]) => said.push(unpackAnswer(message)), onmessage: (_: { data: Request }) => {} };
  vi.stubGlobal('self', scope);
  await import('../../app/worker/worker.ts');
  scope.onmessage({ data: run(1, { files: [{ name: 'cluster.yaml', text: 'nodes: [a]\n' }], cluster: true }) });
  await new Promise((done) => setTimeout(done, 20));
  scope.onmessage({ data: { kind: 'chinese', id: 2 } as Request });
  come();
  await vi.waitFor(() => expect(said.map(({ kind }) => kind)).toContain('cluster'));
  scope.onmessage({
    data: run(3, { files: [{ name: 'a', text: '*raw\n:PREROUTING ACCEPT\nCOMMIT\n' }], packets: [{ in: 'nowhere', src: '192.0.2.1', dst: '10.0.0.1', proto: 'tcp' }] }),
  });
  const refused = await vi.waitFor(() => {
    const found = said.find((answer) => answer.id === 3 && (answer.kind === 'refused' || answer.kind === 'traces'));
    if (!found) throw new Error(`only ${said.map(({ id, kind }) => `${id} ${kind}`).join(', ')}`);
    return found;
  });
  expect(JSON.stringify(refused)).toMatch(/[\u4e00-\u9fff]/);
});
